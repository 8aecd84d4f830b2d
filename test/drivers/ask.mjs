import { createConnection } from 'node:net';
import * as cassandra from './clients/more.mjs';
import * as http from './clients/http.mjs';
import * as maria from './clients/maria.mjs';
import * as messaging from './clients/messaging.mjs';
import * as mongo from './clients/mongo.mjs';
import * as postgres from './clients/postgres.mjs';
import * as redis from './clients/redis.mjs';
import * as values from './clients/values.mjs';

const CLIENTS = { ...postgres, ...maria, ...redis, ...messaging, ...mongo, ...http, ...values, ...cassandra };
const PORTS = { POSTGRES: 5432, MARIADB: 3306, REDIS: 6379, RABBITMQ: 5672, MQTT: 1883, NATS: 4222 };

/**
 * Asks every client for its errors. A server is needed only if it listens, or if BREAKWATER_REQUIRE_<NAME>=1.
 *
 * @returns the errors by client and by what happened, and the clients that could not be asked
 */
export async function askClients(only = Object.keys(CLIENTS)) {
  const errors = {};
  const skipped = [];
  for (const name of only) {
    const { needs, errors: ask } = CLIENTS[name];
    if (needs !== undefined && !(await listens(needs))) {
      if (process.env[`BREAKWATER_REQUIRE_${needs}`] === '1') throw new Error(`${needs} does not listen`);
      skipped.push({ name, needs });
      continue;
    }
    const found = (errors[name] = {});
    await ask((what, error) => {
      if (what in found) throw new Error(`${name}: ${what} twice`);
      found[what] = error;
    });
  }
  return { errors, skipped };
}

function listens(server) {
  return new Promise((resolve) => {
    const socket = createConnection({ port: PORTS[server], host: '127.0.0.1' });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
