import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ResilienceEvents, ResilienceMetrics, ResilienceModule, ResilienceService } from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { seeded } from './random.mjs';

/**
 * A Nest application with the whole library in it, on virtual time and with seeded chance. The library and the world
 * around it draw from two streams, so that another jitter does not change the network.
 */
export async function openWorld({ seed = 1, ...options } = {}) {
  const clock = new ManualClock();
  class Application {}
  Module({ imports: [ResilienceModule.forRoot({ clock, random: seeded(seed), ...options })] })(Application);
  const application = await NestFactory.createApplicationContext(Application, { logger: false });
  const sleep = (ms) => new Promise((resolve) => void clock.setTimeout(resolve, ms));
  return {
    clock,
    sleep,
    random: seeded(seed + 1_000_000),
    events: application.get(ResilienceEvents),
    metrics: application.get(ResilienceMetrics),
    service: application.get(ResilienceService),
    get: (token) => application.get(token),
    close: () => application.close(),
  };
}

/** Opens a world, lives in it, and closes it whatever happens. Nobody reads the stacks of a million failures. */
export async function inWorld(options, live) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const world = await openWorld(options);
  try {
    return await live(world);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    await world.close();
  }
}

/** Moves time in steps until `isOver` says so. */
export async function advanceUntil(clock, isOver, step = 1000) {
  while (!isOver()) await clock.advance(step);
}
