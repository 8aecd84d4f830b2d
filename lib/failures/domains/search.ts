import type { FailureDomain } from '../failure-domain.js';

export const search: FailureDomain = {
  id: 'search',
  title: 'Elasticsearch, OpenSearch',
  source: 'the error classes of @elastic/elasticsearch and @opensearch-project/opensearch',
  sets: [
    {
      tier: 'name',
      by: 'name',
      yields: true,
      lines: [['T', 'ConnectionError NoLivingConnectionsError', 'no connection to a node']],
    },
    {
      tier: 'name',
      by: 'name',
      lines: [
        ['PI', 'RequestAbortedError', 'aborted by its caller'],
        [
          'PI',
          'ConfigurationError SerializationError ProductNotSupportedError',
          'the client was used in a wrong way',
        ],
      ],
    },
  ],
};
