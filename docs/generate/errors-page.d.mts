import type { FailureDomain } from '../../lib/failures/failure-domain.js';

export declare function errorsPage(domains: readonly FailureDomain[]): string;
