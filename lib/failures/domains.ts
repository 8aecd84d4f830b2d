import { bullmq } from './domains/control-flow.js';
import { aws } from './domains/aws.js';
import { grpc, trpc } from './domains/grpc.js';
import { http } from './domains/http.js';
import { amqp, kafka, mqtt, nats } from './domains/messaging.js';
import { mongo } from './domains/mongo.js';
import { cassandra, clickhouse, ldap, mail, mssql, neo4j, oracle } from './domains/more.js';
import { mysql } from './domains/mysql.js';
import { language, node } from './domains/node.js';
import { orm } from './domains/orm.js';
import { prisma } from './domains/prisma.js';
import { redis } from './domains/redis.js';
import { remote, resilience } from './domains/resilience.js';
import { rxjs } from './domains/rxjs.js';
import { search } from './domains/search.js';
import { sql } from './domains/sql.js';
import { sqlite } from './domains/sqlite.js';
import { validation } from './domains/validation.js';
import type { FailureDomain } from './failure-domain.js';

/** All that is known of errors. Within a tier the domain that stands first decides. */
export const DOMAINS: readonly FailureDomain[] = [
  resilience,
  remote,
  bullmq,
  mysql,
  sql,
  sqlite,
  prisma,
  mongo,
  mssql,
  oracle,
  cassandra,
  neo4j,
  clickhouse,
  orm,
  redis,
  grpc,
  trpc,
  nats,
  amqp,
  mqtt,
  kafka,
  aws,
  search,
  mail,
  ldap,
  http,
  node,
  rxjs,
  validation,
  language,
];
