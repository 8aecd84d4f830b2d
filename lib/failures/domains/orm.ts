import type { FailureDomain } from '../failure-domain.js';

export const orm: FailureDomain = {
  id: 'orm',
  title: 'ORMs and query builders: TypeORM, Sequelize, MikroORM, knex, drizzle',
  source: 'the error classes of each',
  sets: [
    {
      tier: 'client',
      by: 'name',
      yields: true,
      lines: [
        [
          'T',
          'SequelizeConnectionError SequelizeConnectionRefusedError SequelizeConnectionTimedOutError SequelizeHostNotFoundError ' +
            'SequelizeHostNotReachableError SequelizeInvalidConnectionError',
          'no connection to the database',
        ],
        [
          'T',
          'SequelizeConnectionAcquireTimeoutError KnexTimeoutError SequelizeTimeoutError',
          'no connection of the pool in time',
        ],
        ['PS', 'SequelizeAccessDeniedError', 'the server refuses this user'],
      ],
    },
    {
      tier: 'name',
      by: 'name',
      yields: true,
      lines: [['T', 'ConnectionException', 'MikroORM: no connection to the database']],
    },
    {
      tier: 'name',
      by: 'name',
      yields: 'any',
      lines: [['PI', 'DrizzleError', 'drizzle: rolled back on purpose, or a query that cannot work']],
    },
    {
      tier: 'name',
      by: 'name',
      lines: [
        [
          'TI',
          'OptimisticLockError OptimisticLockVersionMismatchError SequelizeOptimisticLockError',
          'the row has changed: this writer has lost a race',
        ],
        ['PI', 'NotFoundError', 'MikroORM, Objection, RxJS: there is no such row, or no such value'],
        [
          'PI',
          'EntityNotFoundError PersistedEntityNotFoundError SequelizeEmptyResultError EmptyResultError',
          'there is no such row',
        ],
        ['PI', 'SequelizeValidationError', 'the values do not fit the model'],
        ['PI', 'TransactionRollbackError', 'drizzle: the transaction was rolled back on purpose'],
        [
          'PI',
          'UpdateValuesMissingError InsertValuesMissingError ReturningStatementNotSupportedError MissingPrimaryColumnError ' +
            'MissingDeleteDateColumnError EntityMetadataNotFoundError EntityPropertyNotFoundError FindRelationsNotFoundError ' +
            'CannotDetermineEntityError MustBeEntityError SubjectWithoutIdentifierError SubjectRemovedAndUpdatedError ' +
            'TransactionNotStartedError TransactionAlreadyStartedError QueryRunnerAlreadyReleasedError LimitOnUpdateNotSupportedError ' +
            'LockNotSupportedOnGivenDriverError NoVersionOrUpdateDateColumnError PessimisticLockTransactionRequiredError ' +
            'OptimisticLockCanNotBeUsedError RepositoryNotTreeError CustomRepositoryNotFoundError DataTypeNotSupportedError ' +
            'MissingDriverError DriverPackageNotInstalledError ConnectionNotFoundError CannotExecuteNotConnectedError ' +
            'SequelizeEagerLoadingError SequelizeAssociationError SequelizeQueryError SequelizeInstanceError ' +
            'SequelizeScopeError MetadataError CursorError TransactionStateError TypeORMError AlreadyHasActiveConnectionError ' +
            'CannotAttachTreeChildrenEntityError CannotConnectAlreadyConnectedError CannotCreateEntityIdMapError ' +
            'CannotGetEntityManagerNotConnectedError CannotReflectMethodParameterTypeError CircularRelationsError ' +
            'ColumnTypeUndefinedError ConnectionIsNotSetError CustomRepositoryCannotInheritRepositoryError ' +
            'CustomRepositoryDoesNotHaveEntityError DriverOptionNotSetError ForbiddenTransactionModeOverrideError ' +
            'InitializedRelationError MetadataAlreadyExistsError MetadataWithSuchNameAlreadyExistsError ' +
            'MissingJoinColumnError MissingJoinTableError NestedSetMultipleRootError NoConnectionForRepositoryError ' +
            'NoConnectionOptionError NoNeedToReleaseEntityManagerError OffsetWithoutLimitNotSupportedError ' +
            'PrimaryColumnCannotBeNullableError QueryRunnerProviderAlreadyReleasedError TreeRepositoryNotSupportedError ' +
            'UsingJoinColumnIsNotAllowedError UsingJoinColumnOnlyOnOneSideAllowedError UsingJoinTableIsNotAllowedError ' +
            'UsingJoinTableOnlyOnOneSideAllowedError',
          'a query or a model that cannot work',
        ],
      ],
    },
    {
      tier: 'client',
      on: 'words',
      by: ({ message }) => {
        if (message.startsWith('Undefined binding(s) detected')) return 'Undefined_binding(s)';
        if (message.startsWith('ConnectionManager.getConnection was called after')) return 'closed';
        return message.startsWith('Unable to acquire a connection')
          ? 'Unable_to_acquire_a_connection'
          : undefined;
      },
      lines: [
        ['PI', 'Undefined_binding(s)', 'knex: a value is missing in the query'],
        ['PI', 'Unable_to_acquire_a_connection', 'knex: the pool was closed'],
        ['PI', 'closed', 'Sequelize: the pool was closed'],
      ],
    },
  ],
};
