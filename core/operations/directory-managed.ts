import { isReferenced } from '../directory/principal.ts';
import { isFromDirectory, requireOwnUsers } from '../directory/sync/origin.ts';
import { KopanoError } from '../mapi/error.ts';
import { KCERR_NOT_IMPLEMENTED } from '../mapi/error-codes.ts';
import type { Arguments } from '../soap/index.ts';
import type { Context, Operations, SessionlessName } from './context.ts';
import { referenceOf } from './principals.ts';

type Changing = Exclude<keyof Operations, SessionlessName>;
type Run<Name extends Changing> = (context: Context, args: Arguments<Name>) => ReturnType<Operations[Name]>;

/** An operation that makes somebody: refused where people are made in a directory, as by the original's LDAP plugin. */
export const unlessDirectory =
  <Name extends Changing>(run: Run<Name>): Run<Name> =>
  (context, args) => {
    requireOwnUsers(context.platform);
    return run(context, args);
  };

/** Number and entry id of somebody, as requests name them. */
type Named = readonly [id: number, entryId: Buffer];

/**
 * An operation that changes somebody: refused where the directory says what they
 * are. Whom the server keeps itself stays changeable. Costs a statement, and that
 * only where there is a directory.
 */
export const unlessFromDirectory = <Name extends Changing>(
  named: (args: Arguments<Name>) => Named | undefined,
  run: Run<Name>,
): Run<Name> =>
  (async (context: Context, args: Arguments<Name>) => {
    if (context.platform.directory) await requireOwn(context, named(args));
    return run(context, args);
  }) as unknown as Run<Name>;

async function requireOwn(context: Context, named: Named | undefined): Promise<void> {
  const reference = named && referenceOf(...named);
  if (!reference) return;
  const criterion = isReferenced(reference);
  const [row] = await context.database.query<{ id: number }>(
    `SELECT pri.id FROM principal pri WHERE ${criterion.sql}`,
    criterion.parameters,
  );
  if (row && (await isFromDirectory(context.database, row.id, true)))
    throw new KopanoError(KCERR_NOT_IMPLEMENTED, 'what the directory says is changed in the directory');
}
