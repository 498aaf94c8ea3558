// The operations of an agents' desk as a Relay application writes them. Nothing here is run: it is
// what relay-compiler reads.

import { graphql } from 'relay-runtime';

export const row = graphql`
  fragment deskRow_ticket on Ticket {
    id
    number
    subject
    status
    priority
    version
    createdAt
    viewerCan
    assignee {
      ...deskPerson_user
    }
  }
`;

export const person = graphql`
  fragment deskPerson_user on User {
    name
    role
  }
`;

// Read on by usePaginationFragment.
export const queue = graphql`
  fragment deskQueue_query on Query
  @refetchable(queryName: "deskQueuePaginationQuery")
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 25 }
    after: { type: "String" }
    filter: { type: "QueueFilter" }
    orderBy: { type: "QueueOrder", defaultValue: URGENCY }
  ) {
    queue(first: $first, after: $after, filter: $filter, orderBy: $orderBy)
      @connection(key: "deskQueue_queue", filters: ["filter", "orderBy"]) {
      position
      totalCount
      edges {
        node {
          ...deskRow_ticket
        }
      }
    }
  }
`;

// In both directions, on an object that is loaded again by its id.
export const thread = graphql`
  fragment deskThread_ticket on Ticket
  @refetchable(queryName: "deskThreadPaginationQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int", defaultValue: 50 }
    before: { type: "String" }
  ) {
    messages(first: $first, after: $after, last: $last, before: $before, order: OLDEST_FIRST)
      @connection(key: "deskThread_messages") {
      edges {
        node {
          id
          bodyHtml
          internal
          author {
            ...deskPerson_user
          }
        }
      }
    }
  }
`;

export const page = graphql`
  query deskPageQuery($filter: QueueFilter) {
    viewer {
      ...deskPerson_user
    }
    ...deskQueue_query @arguments(filter: $filter)
  }
`;

// What is not seen at once comes in a query of its own.
export const ticket = graphql`
  query deskTicketQuery($id: ID!) {
    node(id: $id) {
      __typename
      ... on Ticket {
        description
        requester @required(action: THROW) {
          name
          email
        }
        ...deskRow_ticket @alias(as: "row")
        ...deskThread_ticket @alias(as: "thread")
      }
    }
  }
`;

// The payload has all that an optimistic update and the answer's own update need.
export const take = graphql`
  mutation deskTakeMutation($input: AssignTicketInput!) @raw_response_type {
    assignTicket(input: $input) {
      ticket {
        ...deskRow_ticket
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

export const reply = graphql`
  mutation deskReplyMutation($input: ReplyToTicketInput!, $connections: [ID!]!)
  @raw_response_type {
    replyToTicket(input: $input) {
      message @appendNode(connections: $connections, edgeTypeName: "MessageEdge") {
        id
        bodyHtml
        internal
        author {
          ...deskPerson_user
        }
      }
      ticket {
        ...deskRow_ticket
      }
      userErrors {
        code
        message
      }
    }
  }
`;

export const live = graphql`
  subscription deskQueueSubscription($filter: QueueFilter, $after: String) {
    queue(filter: $filter, after: $after) {
      kind
      position
      ticket {
        ...deskRow_ticket
      }
    }
  }
`;

export const liveTicket = graphql`
  subscription deskTicketSubscription($id: ID!, $after: String) {
    ticket(id: $id, after: $after) {
      kind
      position
      ticket {
        ...deskRow_ticket
      }
      message {
        id
        bodyHtml
      }
    }
  }
`;
