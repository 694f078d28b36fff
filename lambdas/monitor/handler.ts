import middy from '@middy/core';
import { type MonitorReport, monitorQuotas } from '../../core/mail/quota-monitor.ts';
import { readTemplates } from '../../core/mail/quota-template.ts';
import { environment, numberEnv, optionalEnv, requireEnv } from '../../core/platform/configuration.ts';
import { platformFromEnvironment } from '../platform.ts';

const platform = platformFromEnvironment('monitor');
const postmaster = requireEnv(environment.postmasterAddress);
const templates = await readTemplates(optionalEnv(environment.quotaTemplates));

/** A day (original default). */
const RESEND_HOURS = 24;
const resendHours = numberEnv(environment.quotaResendHours) ?? RESEND_HOURS;

/** Tells people whose stores near or exceed their quota; on schedule. */
async function monitor(): Promise<MonitorReport> {
  const report = await monitorQuotas(platform, { postmaster, templates, resendHours });
  platform.log.info(report, 'quotas checked');
  return report;
}

export const handler = middy({ timeoutEarlyInMillis: 0 }).handler(monitor);
