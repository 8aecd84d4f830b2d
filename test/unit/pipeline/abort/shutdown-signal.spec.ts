import { describe, expect, it } from '@jest/globals';
import { ShutdownSignal } from '../../../../lib/pipeline/abort/shutdown-signal.js';
import { ManualClock } from '../../../../lib/testing/index.js';

/** The end of an application with a grace of 100 ms, and a log of those that hear of it. */
function closing(grace = 100) {
  const clock = new ManualClock();
  const shutdown = new ShutdownSignal(clock, grace, false);
  const log: string[] = [];
  const note = (what: string) => () => void log.push(`${what} at ${clock.now()}`);
  const drain = () =>
    shutdown.drain(() => {
      note('over')();
      shutdown.end();
    });
  return { clock, shutdown, log, note, drain };
}

describe('an application that closes', () => {
  it('ends pauses at once and everything else after the grace', async () => {
    const { clock, shutdown, log, note, drain } = closing();
    shutdown.join(note('call'));
    shutdown.joinPause(note('pause'));
    drain();
    expect([shutdown.isDraining, shutdown.isOver, log]).toEqual([true, false, ['pause at 0']]);
    await clock.advance(99);
    expect(log).toEqual(['pause at 0']);
    await clock.advance(1);
    expect(log).toEqual(['pause at 0', 'over at 100', 'call at 100']);
    expect([shutdown.isOver, shutdown.isClosed, clock.pending]).toEqual([true, false, 0]);
  });

  it('ends everything at once without a grace, and arms no timer', () => {
    const { clock, shutdown, log, note, drain } = closing(0);
    shutdown.join(note('call'));
    drain();
    expect([log, clock.pending]).toEqual([['over at 0', 'call at 0'], 0]);
  });

  it('begins to close once, however often it is told', async () => {
    const { clock, log, drain } = closing();
    drain();
    await clock.advance(60);
    drain();
    await clock.advance(100);
    expect(log).toEqual(['over at 100']);
  });

  it('tells none that has left', () => {
    const { shutdown, log, note, drain } = closing(0);
    shutdown.leaveMember(shutdown.join(note('call')));
    shutdown.leavePause(shutdown.joinPause(note('pause')));
    drain();
    expect(log).toEqual(['over at 0']);
  });

  it('tells pauses that begin while it drains once it is over', () => {
    const { shutdown, log, note, drain } = closing();
    drain();
    shutdown.joinPause(note('pause'));
    expect(log).toEqual([]);
    shutdown.end();
    expect(log).toEqual(['pause at 0']);
  });

  it('waits for the calls under way, and for the grace at most', async () => {
    const { clock, shutdown, log, note, drain } = closing();
    shutdown.enter();
    shutdown.enter();
    expect(shutdown.callsRunning).toBe(2);
    drain();
    void shutdown.whenIdle().then(note('idle'));
    shutdown.leave();
    await clock.advance(50);
    expect(log).toEqual([]);
    shutdown.leave();
    await clock.advance(0);
    expect(log).toEqual(['idle at 50']);
    shutdown.enter();
    void shutdown.whenIdle().then(note('grace'));
    await clock.advance(50);
    expect(log).toEqual(['idle at 50', 'over at 100', 'grace at 100']);
  });

  it('waits for nothing where no call runs, or once it is over', async () => {
    const { shutdown } = closing();
    await expect(shutdown.whenIdle()).resolves.toBeUndefined();
    shutdown.enter();
    shutdown.end();
    await expect(shutdown.whenIdle()).resolves.toBeUndefined();
  });

  it('leaves time for a reply that is under way, of a call that has just ended too', async () => {
    const { clock, shutdown, log, note, drain } = closing(1_000);
    void shutdown.whenReplied().then(note('none'));
    await clock.advance(0);
    shutdown.enter();
    shutdown.leave();
    drain();
    void shutdown.whenReplied().then(note('replied'));
    await clock.advance(99);
    expect(log).toEqual(['none at 0']);
    await clock.advance(1);
    expect(log).toEqual(['none at 0', 'replied at 100']);
  });

  it('tells each of those that wait for the last call', async () => {
    const { clock, shutdown, log, note } = closing();
    shutdown.enter();
    void shutdown.whenIdle().then(note('first'));
    void shutdown.whenIdle().then(note('second'));
    shutdown.leave();
    await clock.advance(0);
    expect(log).toEqual(['first at 0', 'second at 0']);
  });

  it('lets no call begin once it has closed, and not before', () => {
    const { shutdown } = closing();
    shutdown.end();
    expect([shutdown.isDraining, shutdown.isOver, shutdown.isClosed]).toEqual([true, true, false]);
    shutdown.close();
    expect(shutdown.isClosed).toBe(true);
  });
});
