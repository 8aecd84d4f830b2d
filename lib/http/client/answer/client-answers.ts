import { mergeLayers } from '../../../policy/layers.js';
import type { PipelineParts } from '../../../pipeline/pipeline-parts.js';
import { isJudged, keptRules } from '../../kept.options.js';
import type { PreparedRequest } from '../../transport.js';
import type { ClientDefaults } from '../client-defaults.js';
import type { HttpPipelines } from '../pipelines/http-pipelines.js';
import type { Prepared } from '../prepare/prepare-request.js';
import { AnswerBook } from './headers/answer-book.js';
import { cacheSemantics } from './headers/load-cache-semantics.js';
import { KeptAnswers } from './kept-answers.js';
import { placeInKey } from './place-in-key.js';
import type { AnswerKey } from './place-in-key.js';
import { isAccepted } from './response.js';

const KEPT_BY_DEFAULT = mergeLayers(keptRules, []);

/** The parts of a client on which the keeping of its answers depends. */
interface ClientParts {
  readonly wallNow: () => number;
  readonly defaults: ClientDefaults;
  readonly pipelines: HttpPipelines;
}

/** The kept answers of one client. */
export class ClientAnswers {
  /** Made by the first call whose answers are judged by their headers. */
  private book: AnswerBook | undefined;

  constructor(private readonly client: ClientParts) {}

  /** The facts of a call whose answer may be kept or shared. */
  keptOf(prepared: Prepared, { cache, coalesce }: PipelineParts): KeptAnswers {
    const { options } = this.client.defaults;
    return new KeptAnswers(prepared, {
      options: prepared.options.kept || KEPT_BY_DEFAULT,
      keptStatus: (status) => isAccepted(options, status) || (status >= 200 && status <= 299),
      key: keyFunctionOf(cache ?? coalesce),
      judged: cache && isJudged(prepared.options) ? { book: this.openBook(), own: cache.options } : undefined,
    });
  }

  /** Loads what judges the answers of a call beside what else it needs; undefined if there is nothing to wait for. */
  readyFor(answers: KeptAnswers | undefined, other: Promise<void> | undefined): Promise<void> | undefined {
    const judge = answers?.judge && cacheSemantics.load();
    return judge ? Promise.all([judge, other]).then(() => undefined) : other;
  }

  /** Takes away the kept answers of reads that a change has made wrong. */
  outdate(reads: readonly PreparedRequest[]): void {
    for (const cache of this.client.pipelines.caches)
      for (const read of reads) cache.outdate(() => placeInKey(read, keyFunctionOf(cache)));
  }

  private openBook(): AnswerBook {
    const { pipelines, wallNow } = this.client;
    return (this.book ??= new AnswerBook({ now: () => pipelines.own.deps.clock.now(), wallNow }));
  }
}

function keyFunctionOf(strategy: { readonly options: { readonly key?: unknown } } | undefined) {
  return strategy?.options.key as AnswerKey | undefined;
}
