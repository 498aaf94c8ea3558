// What front-end tools expect of a schema, and Relay above all.

import graphql from '@graphql-eslint/eslint-plugin';

const { 'flat/schema-recommended': recommended, 'flat/schema-relay': relay } = graphql.configs;
const schema = new URL('../../schema/schema.graphql', import.meta.url).pathname;

export default [
  {
    files: ['**/*.graphql'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema } },
    },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...recommended.rules,
      ...relay.rules,
      // The server prints one-line descriptions as "..." and longer ones as """...""".
      '@graphql-eslint/description-style': 'off',
      '@graphql-eslint/relay-edge-types': [
        'error',
        {
          withEdgeSuffix: true,
          // Entries of the activity feed never change and are not loaded again by an id.
          shouldImplementNode: false,
          // Short lists with a limit (tags, co-assignees, user errors) are plain lists, and
          // connections have `nodes` beside `edges`.
          listTypeCanWrapOnlyEdgeType: false,
        },
      ],
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            // What is part of an answer, not a thing of its own.
            suffixes: ['Connection', 'Edge', 'Payload', 'Event', 'Count', 'Counts'],
            // What belongs to one ticket or one answer and is never loaded without it.
            types: [
              'Absence',
              'ActiveUsersDay',
              'Activity',
              'ActivityDeadline',
              'ActivityRating',
              'Change',
              'ContextLink',
              'Environment',
              'EscalationStep',
              'FiredTimers',
              'HolidayDay',
              'JobRun',
              'Limits',
              'NotificationPreference',
              'NotificationPreferences',
              'OpenHours',
              'PageInfo',
              'ReviewAgentScore',
              'ReviewAgreement',
              'ReviewItem',
              'ReviewProgress',
              'ReviewRules',
              'SlaConditions',
              'SlaExplanation',
              'SlaSegment',
              'SlaSimulation',
              'SlaSimulationResult',
              'SlaStatus',
              'SlaTally',
              'SlaTarget',
              'TicketReview',
              'TicketRating',
              'Stats',
              'StatsAge',
              'StatsDuration',
              'StatsEntry',
              'StatsFigures',
              'StatsGroup',
              'StatsPeakHour',
              'StatsPeriod',
              'StatsRate',
              'StatsSatisfaction',
              'StatsScore',
              'StatsSettings',
              'StatsSpike',
              'StatsStatusTime',
              'StatsTarget',
              'StatsTargets',
              'UploadHeader',
              'UserError',
              'WeeklyAge',
              'WeeklyDay',
              'WeeklyFigure',
              'WeeklyGroup',
              'WeeklyPeakHour',
              'WeeklyReport',
              'WeeklySpike',
            ],
          },
        },
      ],
    },
  },
];
