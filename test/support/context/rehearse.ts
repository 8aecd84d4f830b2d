import { ResilienceEvents } from 'nestjs-breakwater';
import type { PolicyOptions, ResilienceEvent, ResilienceEventType } from 'nestjs-breakwater';
import type { Ability, Entry, RunningCall, Theatre } from './entries.js';
import { APART, Stage, STRANGER, USERS } from './stage.js';
import type { See, Step } from './stage.js';

/** One piece of user code, and calls in which the library runs it. */
export interface Row {
  /** Which code it is, and what has happened before. */
  readonly it: string;
  /** The sighting that the row is about. */
  readonly code: string;
  /** The policy of the calls; its functions report that they run. */
  readonly policy: (see: See) => PolicyOptions;
  /** How the runs of each user's code end. */
  readonly script: readonly Step[];
  /** What an entry needs for this row. */
  readonly needs?: readonly Ability[];
  /** When each user calls, in milliseconds after the user's first call. Default: once. */
  readonly at?: readonly number[];
  /** The event whose listener is the code. */
  readonly event?: ResilienceEventType;
  /** True if the listener subscribes to the Observable of all events. */
  readonly observes?: boolean;
  /** True if each user has states of its own. */
  readonly isKeyed?: boolean;
  /** True if a stranger's call comes first and does not end. */
  readonly isBlocked?: boolean;
  /** True if the caller brings a signal; it does where a stranger aborts. */
  readonly bringsSignal?: boolean;
  /** What a stranger does to each call, 40 ms after it has begun. */
  readonly stranger?: 'aborts' | 'leaves' | 'closes the application';
}

interface Moment {
  readonly at: number;
  readonly happens: () => void;
}

/** The calls of all users, and what a stranger does to them. */
class Rehearsal {
  private readonly running: RunningCall[] = [];

  constructor(
    private readonly row: Row,
    private readonly stage: Stage,
    private readonly theatre: Theatre,
  ) {}

  async play(): Promise<void> {
    const { clock } = this.theatre.app;
    if (this.row.isBlocked) this.stage.asStranger(() => this.call(STRANGER, new AbortController()));
    for (const { at, happens } of this.moments()) {
      await clock.advance(at - clock.now());
      happens();
    }
    await clock.advance(1000);
  }

  private moments(): Moment[] {
    const moments = USERS.flatMap((user, index) =>
      (this.row.at ?? [0]).flatMap((at) => this.momentsOf(user, at + index * APART)),
    );
    return moments.sort((one, other) => one.at - other.at);
  }

  private momentsOf(user: string, at: number): Moment[] {
    const controller = new AbortController();
    let call: RunningCall | undefined;
    const begin = () => void (call = this.stage.users.run(user, () => this.call(user, controller)));
    const { stranger } = this.row;
    const interfere = () => {
      if (stranger === 'aborts') controller.abort(new Error('the caller has left'));
      if (stranger === 'leaves') call?.leave?.();
      if (stranger === 'closes the application') void this.theatre.app.module.close();
    };
    const begins = { at, happens: begin };
    if (!stranger) return [begins];
    return [begins, { at: at + 40, happens: () => this.stage.asStranger(interfere) }];
  }

  private call(user: string, { signal }: AbortController): RunningCall {
    const { isKeyed, bringsSignal, stranger } = this.row;
    const brought = bringsSignal || stranger === 'aborts' ? signal : undefined;
    const call = this.theatre.call(user, { signal: brought, key: isKeyed ? user : undefined });
    this.running.push(call);
    return call;
  }
}

/** Plays a row through an entry; resolves with who has run its code, each pair of call and context once. */
export async function rehearse(row: Row, entry: Entry): Promise<string[]> {
  const stage = new Stage(row.script, row.code === 'abort listener');
  const theatre = await entry.start(stage, row.policy(stage.see));
  listen(row, stage, theatre);
  try {
    await new Rehearsal(row, stage, theatre).play();
  } finally {
    await theatre.stop();
  }
  return stage.of(row.code);
}

/** Reports each event of the row's type. */
function listen({ event: type, observes, code }: Row, stage: Stage, { app }: Theatre): void {
  if (!type) return;
  const events = app.module.get(ResilienceEvents);
  const report = (event: ResilienceEvent) => stage.see(code, (event as { error?: unknown }).error);
  if (!observes) events.on(type, report);
  else events.asObservable().subscribe((event) => (event.type === type ? report(event) : undefined));
}
