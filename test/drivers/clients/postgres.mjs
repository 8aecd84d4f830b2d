import { failure, NOBODY } from './support.mjs';

const LOCAL = { host: '127.0.0.1', user: 'postgres', database: 'postgres' };
const SCHEMA = `
  drop table if exists driver_children, driver_rows;
  create table driver_rows (id int primary key, amount int check (amount > 0), label varchar(3) not null default 'x');
  create table driver_children (row_id int references driver_rows);
  insert into driver_rows values (1, 1)`;

/** One statement each; what PostgreSQL says of them. */
const STATEMENTS = {
  'a unique violation': 'insert into driver_rows values (1, 1)',
  'a check violation': 'insert into driver_rows values (2, -1)',
  'a foreign key violation': 'insert into driver_children values (99)',
  'a value that is missing': 'insert into driver_rows values (3, 1, null)',
  'a text that is too long': "insert into driver_rows values (4, 1, 'too long')",
  'a malformed id': "select 'abc'::uuid",
  'a number out of range': 'select 99999999999::int',
  'a division by zero': 'select 1 / 0',
  'an unknown table': 'select * from driver_nowhere',
  'an unknown column': 'select nothing from driver_rows',
  'an unknown function': 'select driver_nothing()',
  'a syntax error': 'selekt 1',
  'a feature that is not supported': 'select 1 union select 2 for update',
  'an exception of a procedure': "do $$ begin raise exception 'out of stock'; end $$",
  'a serialization failure': "do $$ begin raise exception using errcode = '40001'; end $$",
  'too many connections': "do $$ begin raise exception using errcode = '53300'; end $$",
  'an object in use': "do $$ begin raise exception using errcode = '55006'; end $$",
  'an error of the disk': "do $$ begin raise exception using errcode = '58030'; end $$",
  'an internal error': "do $$ begin raise exception using errcode = 'XX000'; end $$",
  'a write in a read-only transaction': 'begin read only; delete from driver_rows',
  'a statement that takes too long': 'set statement_timeout = 20; select pg_sleep(5)',
  'a statement that is cancelled':
    'set statement_timeout = 0; select pg_cancel_backend(pg_backend_pid()), pg_sleep(1)',
};

/** Makes the tables anew: each client finds them, in whatever order clients are asked. */
async function makeTables() {
  const { default: driver } = await import('pg');
  const client = new driver.Client(LOCAL);
  await client.connect();
  await client.query(SCHEMA);
  await client.end();
}

export const pg = {
  needs: 'POSTGRES',
  async errors(row) {
    await makeTables();
    const { default: driver } = await import('pg');
    const setUp = new driver.Client(LOCAL);
    await setUp.connect();
    for (const [what, statement] of Object.entries(STATEMENTS)) {
      row(what, await failure(() => setUp.query(statement)));
      await setUp.query('rollback');
    }
    row('the cached plan of a table that was changed', await cachedPlan(setUp));
    await setUp.query('begin');
    await failure(() => setUp.query('select 1 / 0'));
    row('a transaction that has failed', await failure(() => setUp.query('select 1')));
    await setUp.query('rollback');
    await locks(row, driver, setUp);
    await setUp.end();
    row('a client that was closed', await failure(() => setUp.query('select 1')));
    await connections(row, driver);
  },
};

async function cachedPlan(client) {
  await client.query('create temporary table driver_plan (id int)');
  const query = { name: 'driver_plan', text: 'select * from driver_plan' };
  await client.query(query);
  await client.query('alter table driver_plan add column other int');
  return failure(() => client.query(query));
}

async function locks(row, driver, one) {
  const other = new driver.Client(LOCAL);
  await other.connect();
  await one.query(
    "insert into driver_rows values (7, 7) on conflict do nothing; set deadlock_timeout = '50ms'",
  );
  await one.query('begin; select * from driver_rows where id = 1 for update');
  row(
    'a lock that was not to be had',
    await failure(() => other.query('select * from driver_rows where id = 1 for update nowait')),
  );
  await other.query('begin; select * from driver_rows where id = 7 for update');
  const waiting = failure(async () => {
    await other.query('select * from driver_rows where id = 1 for update');
    throw Object.assign(new Error('not the victim'), { isFree: true });
  });
  const first = await Promise.race([
    waiting,
    one.query('select * from driver_rows where id = 7 for update').catch((error) => error),
  ]);
  await one.query('rollback');
  const second = await waiting;
  row('a deadlock', first.code ? first : second);
  await other.query('rollback');
  const dying = failure(() => other.query('select pg_terminate_backend(pg_backend_pid())'));
  other.on('error', () => {});
  row('a session that an administrator ended', await dying);
  await other.end().catch(() => {});
}

async function connections(row, driver) {
  const connect = (options) =>
    failure(async () => {
      const client = new driver.Client({ ...LOCAL, ...options });
      client.on('error', () => {});
      await client.connect();
    });
  row('nobody at the port', await connect({ port: NOBODY }));
  row('an unknown database', await connect({ database: 'driver_nowhere' }));
  row('an unknown user', await connect({ user: 'driver_nobody' }));
  const pool = new driver.Pool({ ...LOCAL, max: 1, connectionTimeoutMillis: 400 });
  const client = await pool.connect();
  row('no connection of the pool in time', await failure(() => pool.connect()));
  client.release();
  await pool.end();
  row('a pool that was closed', await failure(() => pool.connect()));
  const hasty = new driver.Client({ ...LOCAL, query_timeout: 20 });
  hasty.on('error', () => {});
  await hasty.connect();
  row('no answer in time', await failure(() => hasty.query('select pg_sleep(0.3)')));
  await hasty.end();
}

/** What the clients that stand on `pg`, or beside it, make of the same statements. */
const WRAPPED = [
  'a unique violation',
  'a malformed id',
  'a serialization failure',
  'an unknown table',
  'a statement that takes too long',
];

export const postgresJs = {
  needs: 'POSTGRES',
  async errors(row) {
    await makeTables();
    const { default: postgres } = await import('postgres');
    const sql = postgres({ ...LOCAL, max: 1, onnotice: () => {} });
    for (const what of WRAPPED.slice(0, 4)) row(what, await failure(() => sql.unsafe(STATEMENTS[what])));
    await sql.end();
    row('a client that was closed', await failure(() => sql`select 1`));
    row('nobody at the port', await failure(() => postgres({ ...LOCAL, port: NOBODY })`select 1`));
  },
};

export const knex = {
  needs: 'POSTGRES',
  async errors(row) {
    await makeTables();
    const { default: makeKnex } = await import('knex');
    const db = makeKnex({
      client: 'pg',
      connection: LOCAL,
      pool: { min: 0, max: 1 },
      acquireConnectionTimeout: 1000,
      log: { warn() {}, error() {} },
    });
    for (const what of WRAPPED) row(what, await failure(() => db.raw(STATEMENTS[what])));
    row('a value that is missing', await failure(() => db('driver_rows').where({ id: undefined }).select()));
    row('a query above its timeout', await failure(() => db.raw('select pg_sleep(1)').timeout(20)));
    const busy = db.transaction();
    const transaction = await busy;
    row('no connection of the pool in time', await failure(() => db.raw('select 1')));
    await transaction.rollback();
    await db.destroy();
    row('a pool that was closed', await failure(() => db.raw('select 1')));
    const down = makeKnex({
      client: 'pg',
      connection: { ...LOCAL, port: NOBODY },
      log: { warn() {}, error() {} },
    });
    row('nobody at the port', await failure(() => down.raw('select 1')));
    await down.destroy();
  },
};

export const drizzle = {
  needs: 'POSTGRES',
  async errors(row) {
    await makeTables();
    const { default: driver } = await import('pg');
    const { drizzle: wrap } = await import('drizzle-orm/node-postgres');
    const pool = new driver.Pool({ ...LOCAL, max: 1 });
    const db = wrap(pool);
    for (const what of WRAPPED) row(what, await failure(() => db.execute(STATEMENTS[what])));
    row(
      'a transaction that was rolled back',
      await failure(() => db.transaction(async (tx) => tx.rollback())),
    );
    await pool.end();
  },
};

export const typeorm = {
  needs: 'POSTGRES',
  async errors(row) {
    await makeTables();
    const { DataSource, EntitySchema } = await import('typeorm');
    const Row = new EntitySchema({
      name: 'DriverRow',
      tableName: 'driver_rows',
      columns: { id: { type: 'int', primary: true }, amount: { type: 'int' } },
    });
    const source = new DataSource({
      type: 'postgres',
      host: LOCAL.host,
      username: LOCAL.user,
      database: LOCAL.database,
      entities: [Row],
    });
    row('a source that was not initialized', await failure(() => source.query('select 1')));
    await source.initialize();
    for (const what of WRAPPED) row(what, await failure(() => source.query(STATEMENTS[what])));
    const rows = source.getRepository(Row);
    row(
      'no such row',
      await failure(() =>
        rows
          .findOneByOrFail({ id: 4711 })
          .catch(async () => rows.createQueryBuilder('r').select('r.id').where('false').getOneOrFail()),
      ),
    );
    row(
      'an update without values',
      await failure(() => source.createQueryBuilder().update(Row).set({}).execute()),
    );
    row('an unknown relation', await failure(() => rows.find({ relations: { nothing: true } })));
    row('an unknown property', await failure(() => rows.find({ where: { nothing: 1 } })));
    row('an unknown entity', await failure(() => source.getRepository('Nothing').find()));
    row(
      'a lock without a transaction',
      await failure(() => rows.createQueryBuilder('r').select('r.id').setLock('pessimistic_write').getOne()),
    );
    row('empty criteria', await failure(() => rows.delete({})));
    await source.destroy();
    const down = new DataSource({ type: 'postgres', host: LOCAL.host, port: NOBODY, username: LOCAL.user });
    row('nobody at the port', await failure(() => down.initialize()));
  },
};

export const sequelize = {
  needs: 'POSTGRES',
  async errors(row) {
    await makeTables();
    const { default: package_ } = await import('sequelize');
    const { DataTypes, Sequelize } = package_;
    const at = (more = {}, database = 'postgres') =>
      new Sequelize(database, 'postgres', '', {
        host: LOCAL.host,
        dialect: 'postgres',
        logging: false,
        ...more,
      });
    const db = at({ pool: { max: 1, acquire: 1500 } });
    for (const what of [...WRAPPED, 'a foreign key violation', 'a check violation'])
      row(what, await failure(() => db.query(STATEMENTS[what])));
    const Row = db.define(
      'driver_rows',
      {
        id: { type: DataTypes.INTEGER, primaryKey: true },
        amount: { type: DataTypes.INTEGER, allowNull: false, validate: { min: 1 } },
      },
      { timestamps: false, tableName: 'driver_rows' },
    );
    row('a value that does not fit', await failure(() => Row.create({ id: 5, amount: null })));
    row(
      'rows of which one does not fit',
      await failure(() => Row.bulkCreate([{ id: 6 }], { validate: true })),
    );
    row('no such row', await failure(() => Row.findOne({ where: { id: 4711 }, rejectOnEmpty: true })));
    row(
      'an association that is none',
      await failure(() => Row.findAll({ include: [{ model: db.define('driver_other', {}) }] })),
    );
    const transaction = await db.transaction();
    row('no connection of the pool in time', await failure(() => db.query('select 1')));
    await transaction.rollback();
    await db.close();
    row('a pool that was closed', await failure(() => db.query('select 1')));
    row('nobody at the port', await failure(() => at({ port: NOBODY }).query('select 1')));
    row('an unknown database', await failure(() => at({}, 'driver_nowhere').query('select 1')));
    row(
      'a row that has changed',
      new package_.OptimisticLockError({ modelName: 'x', values: {}, where: {} }),
    );
  },
};

export const mikroOrm = {
  needs: 'POSTGRES',
  async errors(row) {
    await makeTables();
    const { MikroORM, EntitySchema, OptimisticLockError } = await import('@mikro-orm/postgresql');
    const Row = new EntitySchema({
      name: 'DriverRow',
      tableName: 'driver_rows',
      properties: { id: { type: 'number', primary: true }, amount: { type: 'number' } },
    });
    const open = (more) =>
      MikroORM.init({
        entities: [Row],
        dbName: 'postgres',
        user: LOCAL.user,
        host: LOCAL.host,
        discovery: { warnWhenNoEntities: false },
        ...more,
      });
    const orm = await open();
    const em = orm.em.fork();
    for (const what of WRAPPED)
      row(
        what,
        await failure(() =>
          em
            .getConnection()
            .execute(STATEMENTS[what])
            .catch((error) => {
              throw orm.em.getPlatform().getExceptionConverter().convertException(error);
            }),
        ),
      );
    row('no such row', await failure(() => em.findOneOrFail(Row, { id: 4711 })));
    row('a context that is shared', await failure(() => orm.em.find(Row, {})));
    row('a row that has changed', OptimisticLockError.lockFailed('DriverRow'));
    await orm.close();
    const down = await open({ port: NOBODY, connect: false });
    row('nobody at the port', await failure(() => down.em.fork().find(Row, {})));
    await down.close();
  },
};
