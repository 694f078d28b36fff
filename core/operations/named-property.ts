import type { Arguments, Draft } from '../soap/index.ts';
import { namesOfNumbers, numbersOfNames, type PropertyName } from '../store/named-properties.ts';
import type { Context, Operations } from './context.ts';
import { required } from './target.ts';

/** Flag of getIDsFromNames: create what is missing. */
const MAPI_CREATE = 0x02;

const getIDsFromNames = async (context: Context, args: Arguments<'getIDsFromNames'>) => {
  const names = required(args.lpsNamedProps, 'lpsNamedProps').map(
    (name): PropertyName => ({
      ...(name.lpguid && { guid: name.lpguid }),
      ...(name.lpId !== undefined ? { number: name.lpId } : name.lpString !== undefined && { name: name.lpString }),
    }),
  );
  const create = (args.ulFlags & MAPI_CREATE) !== 0;
  return { lpsPropTags: await numbersOfNames(context.database, names, create) };
};

const getNamesFromIDs = async (context: Context, args: Arguments<'getNamesFromIDs'>) => {
  const names = await namesOfNumbers(context.database, required(args.lpsPropTags, 'lpsPropTags'));
  return {
    lpsNames: names.map(
      (name): Draft<'namedProp'> => ({
        ...(name.number !== undefined && { lpId: name.number }),
        ...(name.name !== undefined && { lpString: name.name }),
        ...(name.guid && { lpguid: name.guid }),
      }),
    ),
  };
};

export const namedProperty = { getIDsFromNames, getNamesFromIDs } satisfies Partial<Operations>;
