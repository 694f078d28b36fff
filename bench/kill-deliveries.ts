/**
 * Whether delivery is exactly once: mails of mixed size for mailboxes with and
 * without rules, delivered by several functions in processes of their own, while those are
 * killed (-9) in the middle of it.
 *
 *     node bench/kill-deliveries.ts [--mails 5000] [--consumers 4] [--kills 20]
 *
 * Exit code 1 if a mail is lost or anywhere twice, is forwarded twice or never, or given up.
 */
import { parseArgs } from 'node:util';
import { deliveryStorm } from '../test/core/mail/delivery-storm.ts';

const { values: options } = parseArgs({
  options: {
    mails: { type: 'string', default: '5000' },
    consumers: { type: 'string', default: '4' },
    kills: { type: 'string', default: '20' },
  },
});

const report = await deliveryStorm({
  mails: Number(options.mails),
  consumers: Number(options.consumers),
  kills: Number(options.kills),
  say: console.log,
});
console.log(`
deliveries     ${report.deliveries}, each in its places once
forwarded      ${report.forwarded}, each once
kills          ${report.kills}
seconds        ${report.seconds.toFixed(1)}
deliveries/s   ${(report.deliveries / report.seconds).toFixed(1)}`);
process.exit(0);
