// A front end's code over what was generated: it is type-checked, never run.

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { unmask } from '../generated/codegen/client/index.js';
import {
  CreateDocument,
  FollowQueueDocument,
  QueueDocument,
  RowFragmentDoc,
  type RowFragment,
} from '../generated/codegen/client/graphql.js';
import type { FollowQueueSubscription, TicketStatus } from '../generated/codegen/operations.js';
import type { Ticket } from '../generated/codegen/schema.js';

declare function ask<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data>;

/** Without an assignee, most urgent first. */
export async function unassigned(): Promise<readonly RowFragment[]> {
  const { queue } = await ask(QueueDocument, {
    filter: { status: ['OPEN', 'IN_PROGRESS'], unassigned: true },
    orderBy: 'URGENCY',
    first: 50,
  });
  const when: string = queue.position;
  return when === '' ? [] : queue.nodes.map((node) => unmask(RowFragmentDoc, node));
}

/** What to show to a person who cannot open a ticket. */
export async function problems(subject: string): Promise<string[]> {
  const { createTicket } = await ask(CreateDocument, {
    input: { subject, description: '', links: [{ kind: 'order', externalId: '7' }] },
  });
  return createTicket.userErrors.map(({ field, message }) => `${field.join('.')}: ${message}`);
}

/** The status that an event tells of. */
export function statusOf(event: FollowQueueSubscription['queue']): TicketStatus | undefined {
  return event.ticket?.status;
}

// @ts-expect-error A status that is not there: the check above means something.
export const wrong: TicketStatus = 'LOST';

// Fields for staff are null for customers, and the types say so.
export const tagsOf = (ticket: Pick<Ticket, 'tags'>): string[] => ticket.tags ?? [];

// Also what a subscription takes is typed.
export const follow: TypedDocumentNode<unknown, { after?: string | null }> = FollowQueueDocument;
