import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type Kopano, kopano } from '../../infra/kopano.ts';
import { parseSite } from '../../infra/site.ts';

// The library checks templates against CloudFormation's rules, which takes seconds. One test has it done, by `cdk synth`.
process.env.CDK_VALIDATION = 'false';

export const PROJECT = new URL('../../', import.meta.url).pathname;

export type Concern = keyof Kopano;

export interface Found {
  readonly stack: Concern;
  readonly id: string;
  readonly type: string;
  readonly properties: Record<string, unknown>;
  readonly deletionPolicy: string | undefined;
}

/** A site's architecture as CloudFormation gets it. */
export interface Cloud {
  readonly stacks: Kopano;
  readonly templates: Readonly<Record<Concern, Template>>;
  /** Everything of a type, in all stacks. */
  all(type: string): readonly Found[];
  /** The one of a type whose logical id contains `part`. */
  one(type: string, part?: string): Found;
}

/** No bundling, and no report of remarks: `cdk synth` does both, in one test. */
const WITHOUT = { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:annotationsInValidationReport': false };

/** Settings that every test site has; a test gives its own on top. */
export const SITE = { domains: ['example.org', 'example.net'], alarmEmail: 'operator@example.org' };

/** Builds a site without bundling the functions. */
export function cloud(settings: object = {}): Cloud {
  const outdir = mkdtempSync(join(tmpdir(), 'kopano-infra-'));
  try {
    const { context } = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')) as { context: object };
    const app = new App({ outdir, context: { ...context, ...WITHOUT } });
    const stacks = kopano(app, parseSite({ ...SITE, ...settings }));
    const concerns = Object.keys(stacks) as Concern[];
    const templates = Object.fromEntries(
      concerns.map((concern) => [concern, Template.fromStack(stacks[concern])]),
    ) as Record<Concern, Template>;
    const found = concerns.flatMap((stack) => {
      const { Resources } = templates[stack].toJSON() as { Resources: Record<string, Raw> };
      return Object.entries(Resources).map(
        ([id, raw]): Found => ({
          stack,
          id,
          type: raw.Type,
          properties: raw.Properties ?? {},
          deletionPolicy: raw.DeletionPolicy,
        }),
      );
    });
    const all = (type: string) => found.filter((resource) => resource.type === type);
    return {
      stacks,
      templates,
      all,
      one(type, part = '') {
        const matches = all(type).filter(({ id }) => id.includes(part));
        if (matches.length !== 1) throw new Error(`${matches.length} of ${type} are called …${part}…`);
        return matches[0]!;
      },
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

interface Raw {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** The statements of a policy, whatever kind of resource carries it. */
export function statements(policy: Found): readonly Statement[] {
  const { Statement } = policy.properties.PolicyDocument as { Statement: readonly Statement[] };
  return Statement;
}

/** What a function's role allows, with every action on its own. */
export function permissions(site: Cloud, functionName: string): readonly { action: string; resource: unknown }[] {
  const { properties } = site.all('AWS::Lambda::Function').find((fn) => fn.properties.FunctionName === functionName)!;
  const role = (properties.Role as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0];
  return site
    .all('AWS::IAM::Policy')
    .filter((policy) => (policy.properties.Roles as { Ref: string }[]).some(({ Ref }) => Ref === role))
    .flatMap(statements)
    .flatMap(({ Action, Resource }) =>
      asList(Action).flatMap((action) => asList(Resource).map((resource) => ({ action, resource }))),
    );
}

export function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
