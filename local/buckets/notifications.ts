import type { Queues } from '../queues/queues.ts';
import type { ObjectStore } from './object-store.ts';
import type { ObjectCreated } from './s3-protocol.ts';

/** Objects created in `bucket` are told to `queue`. */
export interface BucketNotification {
  readonly bucket: string;
  readonly queue: string;
}

/** Sends the event that S3 sends for a created object (Amazon S3 user guide, "Event message structure"). */
export function notifyQueues(
  notifications: readonly BucketNotification[],
  store: ObjectStore,
  queues: Queues,
  region: string,
): ObjectCreated {
  return async (bucket, key) => {
    for (const notification of notifications.filter((candidate) => candidate.bucket === bucket)) {
      const object = store.head(bucket, key);
      const record = {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: new Date(object.modifiedAt).toISOString(),
        eventName: 'ObjectCreated:Put',
        s3: {
          s3SchemaVersion: '1.0',
          bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
          // Keys come form-encoded in events.
          object: { key: encodeURIComponent(key).replaceAll('%20', '+'), size: object.size, eTag: object.etag },
        },
      };
      queues.send(notification.queue, [{ body: JSON.stringify({ Records: [record] }) }]);
    }
  };
}
