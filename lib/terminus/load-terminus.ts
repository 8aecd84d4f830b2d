import type * as terminus from '@nestjs/terminus';
import { missingPeer, requirePeer } from '../nest/optional-peers.js';

const SUBPATH = 'nestjs-breakwater/terminus';
const PEER = '@nestjs/terminus';

requirePeer(SUBPATH, PEER, (peer) => import.meta.resolve(peer));

/** Loads the package terminus. It is an ES module since version 12, which CommonJS cannot import at the top in older Nodes. */
export async function loadTerminus(): Promise<typeof terminus> {
  try {
    // a literal name, for bundlers; the CommonJS build has a require() in its place
    return await import('@nestjs/terminus');
  } catch (cause) {
    throw missingPeer(SUBPATH, PEER, cause);
  }
}
