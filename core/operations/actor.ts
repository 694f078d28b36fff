import type { Actor } from '../store/actor.ts';
import type { Context } from './context.ts';

/** Who acts in the store on behalf of a session. */
export const actorOf = ({ platform, database, session }: Context): Actor => ({
  platform,
  database,
  identity: session.identity,
});
