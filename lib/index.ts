export { ResilienceModule } from './resilience.module.js';
export type {
  ResilienceAsyncOptions,
  ResilienceFeatureOptions,
  ResilienceModuleOptions,
  ResilienceOptionsFactory,
} from './resilience.options.js';
export { ResilienceService } from './resilience.service.js';
export type {
  PipelineDescription,
  StrategyDescription,
  StrategyDescriptions,
} from './runtime/pipeline-description.js';
export type { ExecuteOptions } from './resilience.service.js';
export { Retryable } from './decorators/retryable.decorator.js';
export { Attempt } from './decorators/attempt.decorator.js';
export { Bulkhead } from './decorators/bulkhead.decorator.js';
export { Cache } from './decorators/cache.decorator.js';
export { Chaos } from './decorators/chaos.decorator.js';
export { CircuitBreaker } from './decorators/circuit-breaker.decorator.js';
export { Coalesce } from './decorators/coalesce.decorator.js';
export { Fallback } from './decorators/fallback.decorator.js';
export type {
  FallbackDecorator,
  FallbackFor,
  FallbackResult,
  FittingFallback,
  NamedFallbackDecorator,
} from './decorators/fallback.decorator.js';
export { Hedge } from './decorators/hedge.decorator.js';
export { RateLimit } from './decorators/rate-limit.decorator.js';
export { Resilient } from './decorators/resilient.decorator.js';
export type { ResilientDecorator } from './decorators/resilient.decorator.js';
export { Timeout } from './decorators/timeout.decorator.js';
export type { TimeLimit, TimeoutArguments } from './decorators/timeout.decorator.js';
export type { PolicyName, ResiliencePolicies, StrategyArguments } from './decorators/policy-arguments.js';
export type {
  OneWayMethod,
  ResilientMethod,
  ResilientMethodDecorator,
  ResilientResult,
  TakenByStream,
} from './decorators/resilient-method.js';
export { ResilientHttpService } from './http/resilient-http.service.js';
export type { RxHttp } from './http/rx-http.js';
export { getResilientHttpToken, InjectResilientHttp } from './http/inject-resilient-http.js';
export type { ClientName, ResilienceClients } from './http/inject-resilient-http.js';
export { axiosTransport } from './http/transports/axios.transport.js';
export type { AxiosLike } from './http/transports/axios.transport.js';
export { fetchTransport } from './http/transports/fetch.transport.js';
export type { FetchLike } from './http/transports/fetch.transport.js';
export { createResilientFetch } from './http/adapters/resilient-fetch.js';
export type { FetchDispatcher, ResilientFetchInit } from './http/adapters/fetch-request.js';
export type { ResilientFetch } from './http/adapters/resilient-fetch.js';
export { resendAttributes } from './http/client/call/resend.js';
export { resilienceInterceptor } from './http/adapters/undici-interceptor.js';
export type { ClientsOptions } from './http/client/client-injections.js';
export type { Pem, TlsOptions } from './http/transports/undici/tls.options.js';
export type { HttpAnswerOptions } from './http/kept.options.js';
export type { HttpResult } from './http/client/answer/response.js';
export type {
  CircuitKeyRequest,
  HttpCacheOptions,
  HttpCircuitBreakerOptions,
  HttpClientOptions,
  HttpCoalesceOptions,
  HttpPolicyOptions,
  HttpRequest,
  HttpRequestOptions,
  HttpTimeoutOptions,
  Query,
  QueryStyle,
  QueryValue,
  ResponseType,
} from './http/http.options.js';
export type {
  HttpTransport,
  ResponseHeaders,
  TransportAttempt,
  TransportRequest,
  TransportResponse,
  UndiciDispatcher,
} from './http/transport.js';
export type {
  HeaderContext,
  HeaderFunction,
  HeaderValue,
  RequestHeaders,
  SentHeaders,
} from './http/request-headers.js';
export type { HttpAuthOptions, TokenWithLifetime } from './http/client/auth.js';
export type { EndpointBalance, FindEndpoints } from './http/endpoints/endpoints.options.js';
export type { OnRequest, OnResponse, RequestHookContext, ResponseHookContext } from './http/client/hooks.js';
export type { RequestBody } from './http/request-body.js';
export type { AttemptContext } from './pipeline/attempt-context.js';
export { ResilienceCache } from './strategies/cache/resilience-cache.js';
export type { CacheStats } from './strategies/cache/cache-space.js';
export { cacheStore } from './strategies/cache/cache-store.js';
export type { CacheLike, CacheStore } from './strategies/cache/cache-store.js';
export type { CacheOptions } from './strategies/cache/cache.options.js';
export type { CacheKey } from './strategies/call-key.js';
export type { CoalesceOptions } from './strategies/coalesce/coalesce.options.js';
export { CircuitBreakerRegistry } from './strategies/circuit-breaker/circuit-breaker-registry.js';
export type {
  Circuit,
  CircuitMetrics,
  CircuitSnapshot,
  CircuitState,
} from './strategies/circuit-breaker/circuit-state.js';
export type {
  CallsWindow,
  CircuitBreakerOptions,
  RecordAs,
} from './strategies/circuit-breaker/circuit-breaker.options.js';
export type {
  BackoffContext,
  BackoffFunction,
  RetryBudgetOptions,
  RetryOptions,
} from './strategies/retry/retry.options.js';
export { BulkheadRegistry } from './strategies/bulkhead/bulkhead-registry.js';
export type { BulkheadSnapshot, BulkheadState } from './strategies/bulkhead/bulkhead-config.js';
export type { AdaptiveMetrics } from './strategies/bulkhead/concurrency-limit.js';
export type { AdaptiveOptions, BulkheadOptions } from './strategies/bulkhead/bulkhead.options.js';
export type {
  FallbackFunction,
  FallbackOptions,
  FallbackPolicy,
} from './strategies/fallback/fallback.options.js';
export type { HedgeOptions, Percentile } from './strategies/hedge/hedge.options.js';
export type { RateLimitOptions } from './strategies/rate-limit/rate-limit.options.js';
export type { ChaosOptions } from './strategies/chaos/chaos.options.js';
export type { ChaosSource } from './strategies/chaos/chaos-source.js';
export type {
  ErrorFault,
  Fault,
  FaultBase,
  FaultKind,
  HangFault,
  InjectedAnswer,
  LatencyFault,
  ResultFault,
} from './strategies/chaos/fault.js';
export type { TimeoutOptions } from './strategies/timeout/timeout.options.js';
export type {
  CallObserver,
  ObservedAttempt,
  ObservedCall,
  ResilienceExporter,
  TelemetrySource,
} from './telemetry/exporter.js';
export type {
  AttemptKind,
  AttemptOutcome,
  CacheResult,
  FamilyDetail,
  FamilyFigures,
  HistogramFigures,
  LabelledHistogram,
  ServerAddress,
} from './telemetry/figures.js';
export { ResilienceMetrics } from './telemetry/resilience-metrics.js';
export { RateLimitRegistry } from './strategies/rate-limit/rate-limit-registry.js';
export type { RateLimitSnapshot, RateLimitState } from './strategies/rate-limit/rate-limit-registry.js';
export { RetryBudgetRegistry } from './strategies/retry/retry-budget-registry.js';
export type { RetryBudgetSnapshot, RetryBudgetState } from './strategies/retry/retry-budget-registry.js';
export type { RejectingStrategy } from './strategies/guard.js';
export type { TelemetryOptions } from './telemetry/telemetry.options.js';
export type { StateRegistry } from './strategies/state-registry.js';
export type {
  CacheModuleOptions,
  NestedRetries,
  RuntimeOptions,
  ShutdownOptions,
} from './runtime/module-options.js';
export type { PolicyOptions } from './strategies/policy.options.js';
export { classifyFailure } from './failures/classify-failure.js';
export type { ClassifyFailure } from './failures/classify-failure.js';
export { explainFailure } from './failures/explain-failure.js';
export type { FailureExplanation } from './failures/explain-failure.js';
export type { CircuitMeaning, FailureKind } from './failures/meaning.js';
export type { Duration, DurationText, DurationUnit, ResilienceTypeChecks } from './policy/duration.js';
export type { ErrorClass, ErrorMatcher } from './policy/error-matcher.js';
export type { Clock } from './clock/clock.js';
export type { ResilienceLogLevel } from './events/log-level.js';
export type { LoggingOptions } from './telemetry/logging/logging.options.js';
export { ResilienceEvents } from './events/resilience-events.js';
export type * from './events/resilience-event.js';
export { ResilienceHealth } from './telemetry/health/resilience-health.js';
export type { HealthReport, OpenCircuit } from './telemetry/health/resilience-health.js';
export type { HealthOptions } from './telemetry/health/health.options.js';
export type { ShownError } from './failures/shown-error.js';
export { ResilienceExceptionFilter } from './filter/resilience-exception.filter.js';
export type { ResilienceFilterResult } from './filter/resilience-exception.filter.js';
export type { ResilienceErrorPayload, ResilienceGraphQLError } from './filter/answers.js';
export { isResilienceException, ResilienceException } from './exceptions/resilience.exception.js';
export type { ResilienceErrorCode, ResilienceExceptionDetails } from './exceptions/resilience.exception.js';
export {
  BulkheadFullException,
  CircuitOpenException,
  RateLimitExceededException,
  ShutdownException,
  TimeoutException,
} from './exceptions/rejection.exceptions.js';
export type { CircuitOpenDetails, LimitDetails, TimeoutDetails } from './exceptions/rejection.exceptions.js';
export {
  InvalidRequestException,
  UpstreamConnectionException,
  UpstreamHttpException,
  UpstreamResponseException,
} from './exceptions/upstream.exceptions.js';
export type {
  BrokenAnswer,
  InvalidRequestDetails,
  UpstreamConnectionDetails,
  UpstreamHeaders,
  UpstreamHttpDetails,
  UpstreamRequestDetails,
  UpstreamResponseDetails,
} from './exceptions/upstream.exceptions.js';
export { ResilienceConfigurationError } from './exceptions/resilience-configuration.error.js';
export type { ConfigurationProblem } from './exceptions/resilience-configuration.error.js';
