import { failure, NOBODY } from './support.mjs';

const LOCAL = { host: '127.0.0.1', user: 'root', database: 'test' };
const SCHEMA = [
  'drop table if exists driver_children',
  'drop table if exists driver_rows',
  'create table driver_rows (id int primary key, label varchar(3) not null, amount int check (amount > 0)) engine=InnoDB',
  'create table driver_children (row_id int, foreign key (row_id) references driver_rows (id)) engine=InnoDB',
  "insert into driver_rows values (1, 'x', 1), (7, 'x', 1)",
  'insert into driver_children values (7)',
  "set session sql_mode = 'STRICT_ALL_TABLES'",
  'set session innodb_lock_wait_timeout = 1',
];

const STATEMENTS = {
  'a duplicate key': "insert into driver_rows values (1, 'x', 1)",
  'a value that is missing': 'insert into driver_rows values (2, null, 1)',
  'a text that is too long': "insert into driver_rows values (3, 'too long', 1)",
  'a text in the place of a number': "insert into driver_rows values (4, 'x', 'much')",
  'a number out of range': "insert into driver_rows values (5, 'x', 99999999999)",
  'a check violation': "insert into driver_rows values (6, 'x', -1)",
  'a parent that is missing': 'insert into driver_children values (99)',
  'a parent that has children': 'delete from driver_rows where id = 7',
  'an unknown table': 'select * from driver_nowhere',
  'an unknown column': 'select nothing from driver_rows',
  'a syntax error': 'selekt 1',
  'an exception of a procedure': "signal sqlstate '45000' set message_text = 'out of stock'",
  'an error of any number':
    "signal sqlstate '40001' set mysql_errno = 1213, message_text = 'Deadlock found when trying to get lock'",
  'too many connections':
    "signal sqlstate '08004' set mysql_errno = 1040, message_text = 'Too many connections'",
  'a server that is read only':
    "signal sqlstate 'HY000' set mysql_errno = 1290, message_text = 'The MariaDB server is running with the --read-only option'",
  'a statement that takes too long':
    'set statement max_statement_time=0.05 for select sleep(5), benchmark(100000000, md5(1))',
  'a statement that is cancelled': 'kill query connection_id()',
};

async function ask(row, open, isKilled) {
  const one = await open();
  const other = await open();
  for (const statement of SCHEMA) await one.query(statement);
  await other.query('set session innodb_lock_wait_timeout = 1');
  for (const [what, statement] of Object.entries(STATEMENTS))
    row(what, await failure(() => one.query(statement)));
  await one.query('begin');
  await one.query('select * from driver_rows where id = 1 for update');
  await other.query('begin');
  row(
    'a lock that was not to be had',
    await failure(() => other.query('select * from driver_rows where id = 1 for update')),
  );
  await other.query('select * from driver_rows where id = 7 for update');
  const waiting = one.query('select * from driver_rows where id = 7 for update').then(
    () => undefined,
    (error) => error,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  const second = await other.query('select * from driver_rows where id = 1 for update').then(
    () => undefined,
    (error) => error,
  );
  await other.query('rollback');
  row('a deadlock', second ?? (await waiting));
  await waiting;
  await one.query('rollback');
  if (isKilled) row('a session that was killed', await failure(() => other.query('kill connection_id()')));
  await one.end();
  await other.end().catch(() => {});
}

export const mysql2 = {
  needs: 'MARIADB',
  async errors(row) {
    const { default: driver } = await import('mysql2/promise');
    const open = async (more) => {
      const connection = await driver.createConnection({ ...LOCAL, ...more });
      connection.on('error', () => {});
      return connection;
    };
    await ask(row, open, true);
    row('nobody at the port', await failure(() => open({ port: NOBODY })));
    row('an unknown database', await failure(() => open({ database: 'driver_nowhere' })));
    row('an unknown user', await failure(() => open({ user: 'driver_nobody', password: 'x' })));
    const pool = driver.createPool({ ...LOCAL, connectionLimit: 1, waitForConnections: false });
    const held = await pool.getConnection();
    row('no connection in the pool', await failure(() => pool.getConnection()));
    held.release();
    await pool.end();
    row('a pool that was closed', await failure(() => pool.query('select 1')));
    const hasty = await open();
    row('no answer in time', await failure(() => hasty.query({ sql: 'select sleep(1)', timeout: 30 })));
    hasty.destroy();
    const closed = await open();
    await closed.end();
    row('a connection that was closed', await failure(() => closed.query('select 1')));
  },
};

export const mariadb = {
  needs: 'MARIADB',
  async errors(row) {
    const { default: driver } = await import('mariadb');
    const open = async (more) => {
      const connection = await driver.createConnection({ ...LOCAL, ...more });
      connection.on('error', () => {});
      return connection;
    };
    await ask(row, open, true);
    row('nobody at the port', await failure(() => open({ port: NOBODY })));
    row('an unknown database', await failure(() => open({ database: 'driver_nowhere' })));
    row('an unknown user', await failure(() => open({ user: 'driver_nobody', password: 'x' })));
    const pool = driver.createPool({ ...LOCAL, connectionLimit: 1, acquireTimeout: 800 });
    const held = await pool.getConnection();
    row('no connection of the pool in time', await failure(() => pool.getConnection()));
    await held.release();
    await pool.end();
    row('a pool that was closed', await failure(() => pool.query('select 1')));
    const down = driver.createPool({
      ...LOCAL,
      port: NOBODY,
      acquireTimeout: 150,
      initializationTimeout: 100,
    });
    row('no connection for the pool', await failure(() => down.getConnection()));
    await down.end();
    const closed = await open();
    await closed.end();
    row('a connection that was closed', await failure(() => closed.query('select 1')));
  },
};

export const sequelizeMariadb = {
  needs: 'MARIADB',
  async errors(row) {
    const { default: package_ } = await import('sequelize');
    const db = new package_.Sequelize('test', 'root', '', {
      host: LOCAL.host,
      dialect: 'mysql',
      logging: false,
      pool: { max: 1 },
    });
    for (const what of [
      'a duplicate key',
      'an unknown table',
      'an error of any number',
      'a parent that is missing',
    ])
      row(what, await failure(() => db.query(STATEMENTS[what])));
    await db.close();
    const denied = new package_.Sequelize('test', 'driver_nobody', 'x', {
      host: LOCAL.host,
      dialect: 'mysql',
      logging: false,
    });
    row('an unknown user', await failure(() => denied.query('select 1')));
    const down = new package_.Sequelize('test', 'root', '', {
      host: LOCAL.host,
      port: NOBODY,
      dialect: 'mysql',
      logging: false,
    });
    row('nobody at the port', await failure(() => down.query('select 1')));
  },
};
