/**
 * Tables of the store. One row per object; small properties in one JSON
 * document; what people sort by in columns with covering indexes that start
 * with the list an object is in: (parent, kind, associated, deleted).
 *
 * Times are FILETIMEs as 8 bytes, most significant first, so that they sort
 * and stay exact (numbers above 2^53 don't survive JSON).
 */
export const STORE_SCHEMA: readonly string[] = [
  `CREATE TABLE setting (
    name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value VARBINARY(4096) NOT NULL,
    PRIMARY KEY (name)
  ) ENGINE=InnoDB`,

  // Numbers handed out in blocks; a gap is no harm.
  `CREATE TABLE sequence (
    name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    next BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (name)
  ) ENGINE=InnoDB`,

  `CREATE TABLE store (
    id INT UNSIGNED NOT NULL,
    guid BINARY(16) NOT NULL,
    root_id INT UNSIGNED NOT NULL,
    type TINYINT UNSIGNED NOT NULL,
    owner_id INT UNSIGNED NULL,
    owner_name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
    company_id INT UNSIGNED NOT NULL DEFAULT 0,
    size BIGINT NOT NULL DEFAULT 0,
    deleted TINYINT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE KEY store_guid (guid),
    UNIQUE KEY store_owner (owner_id, type)
  ) ENGINE=InnoDB`,

  `CREATE TABLE object (
    id INT UNSIGNED NOT NULL,
    store_id INT UNSIGNED NOT NULL,
    parent_id INT UNSIGNED NOT NULL DEFAULT 0,
    kind TINYINT UNSIGNED NOT NULL,
    associated TINYINT UNSIGNED NOT NULL DEFAULT 0,
    deleted TINYINT UNSIGNED NOT NULL DEFAULT 0,
    owner_id INT UNSIGNED NOT NULL DEFAULT 0,
    version INT UNSIGNED NOT NULL DEFAULT 0,
    instance_id INT UNSIGNED NULL,
    entry_id VARBINARY(64) NULL,
    source_key VARBINARY(255) NULL,
    change_key VARBINARY(255) NULL,
    predecessors VARBINARY(4096) NULL,
    message_flags INT UNSIGNED NOT NULL DEFAULT 0,
    unread TINYINT UNSIGNED GENERATED ALWAYS AS ((message_flags & 1) = 0) STORED,
    message_status INT UNSIGNED NULL,
    size INT UNSIGNED NOT NULL DEFAULT 0,
    imap_id INT UNSIGNED NOT NULL DEFAULT 0,
    has_attach TINYINT UNSIGNED NOT NULL DEFAULT 0,
    importance INT UNSIGNED NULL,
    received BINARY(8) NULL,
    sent BINARY(8) NULL,
    modified BINARY(8) NULL,
    deleted_on BINARY(8) NULL,
    subject VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL,
    sender VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL,
    representing VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL,
    message_class VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NULL,
    props MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    overflow MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    PRIMARY KEY (id),
    UNIQUE KEY object_entry_id (entry_id),
    UNIQUE KEY object_source_key (source_key),
    KEY object_store (store_id, kind),
    KEY object_list (parent_id, kind, associated, deleted, id),
    KEY object_received (parent_id, kind, associated, deleted, received, id),
    KEY object_unread (parent_id, kind, associated, deleted, unread, received, id),
    KEY object_sent (parent_id, kind, associated, deleted, sent, id),
    KEY object_modified (parent_id, kind, associated, deleted, modified, id),
    KEY object_subject (parent_id, kind, associated, deleted, subject, id),
    KEY object_sender (parent_id, kind, associated, deleted, sender, id),
    KEY object_representing (parent_id, kind, associated, deleted, representing, id),
    KEY object_instance (instance_id),
    KEY object_size (parent_id, kind, associated, deleted, size, id),
    KEY object_importance (parent_id, kind, associated, deleted, importance, id),
    KEY object_flags (parent_id, kind, associated, deleted, message_flags, id),
    KEY object_class (parent_id, kind, associated, deleted, message_class, id),
    KEY object_attach (parent_id, kind, associated, deleted, has_attach, id),
    KEY object_imap (parent_id, kind, associated, deleted, imap_id, id),
    KEY object_purge (deleted, deleted_on)
  ) ENGINE=InnoDB`,

  // Counters change in the transaction that changes what they count. deleted: the folder itself is
  // soft-deleted; gone: it or one above it is.
  `CREATE TABLE folder (
    id INT UNSIGNED NOT NULL,
    store_id INT UNSIGNED NOT NULL,
    parent_id INT UNSIGNED NOT NULL,
    type TINYINT UNSIGNED NOT NULL,
    name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
    deleted TINYINT UNSIGNED NOT NULL DEFAULT 0,
    gone TINYINT UNSIGNED NOT NULL DEFAULT 0,
    content_count INT NOT NULL DEFAULT 0,
    unread_count INT NOT NULL DEFAULT 0,
    associated_count INT NOT NULL DEFAULT 0,
    deleted_count INT NOT NULL DEFAULT 0,
    deleted_associated_count INT NOT NULL DEFAULT 0,
    folder_count INT NOT NULL DEFAULT 0,
    deleted_folder_count INT NOT NULL DEFAULT 0,
    commit_time BINARY(8) NULL,
    PRIMARY KEY (id),
    KEY folder_name (parent_id, deleted, name(100)),
    KEY folder_store (store_id, type)
  ) ENGINE=InnoDB`,

  // Append-only: what incremental sync and notifications read. Writers lock
  // their store row first, so the ids of one store appear in order of commit.
  `CREATE TABLE \`change\` (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    store_id INT UNSIGNED NOT NULL,
    folder_id INT UNSIGNED NOT NULL,
    object_id INT UNSIGNED NOT NULL,
    kind TINYINT UNSIGNED NOT NULL,
    event INT UNSIGNED NOT NULL,
    counter TINYINT UNSIGNED NOT NULL DEFAULT 0,
    associated TINYINT UNSIGNED NOT NULL DEFAULT 0,
    ics_type SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    ics_flags INT UNSIGNED NOT NULL DEFAULT 0,
    source_key VARBINARY(255) NULL,
    folder_source_key VARBINARY(255) NULL,
    sync_id INT UNSIGNED NOT NULL DEFAULT 0,
    old_folder_id INT UNSIGNED NOT NULL DEFAULT 0,
    old_entry_id VARBINARY(64) NULL,
    entry_id VARBINARY(64) NULL,
    at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY change_store (store_id, id),
    KEY change_folder (folder_id, ics_type, id),
    KEY change_object (object_id, ics_type, id, sync_id)
  ) ENGINE=InnoDB`,

  `CREATE TABLE acl (
    object_id INT UNSIGNED NOT NULL,
    principal_id INT UNSIGNED NOT NULL,
    type TINYINT UNSIGNED NOT NULL,
    rights INT UNSIGNED NOT NULL,
    PRIMARY KEY (object_id, principal_id, type),
    KEY acl_principal (principal_id)
  ) ENGINE=InnoDB`,

  `CREATE TABLE receive_folder (
    store_id INT UNSIGNED NOT NULL,
    message_class VARCHAR(185) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
    folder_id INT UNSIGNED NOT NULL,
    PRIMARY KEY (store_id, message_class)
  ) ENGINE=InnoDB`,

  `CREATE TABLE named_property (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    guid BINARY(16) NOT NULL,
    number INT UNSIGNED NULL,
    name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    PRIMARY KEY (id),
    UNIQUE KEY named_property_number (guid, number),
    UNIQUE KEY named_property_name (guid, name)
  ) ENGINE=InnoDB`,

  // Which objects use which blobs: a blob without a row here is an orphan that housekeeping may delete.
  `CREATE TABLE blob_use (
    name BINARY(32) NOT NULL,
    object_id INT UNSIGNED NOT NULL,
    PRIMARY KEY (name, object_id),
    KEY blob_use_object (object_id)
  ) ENGINE=InnoDB`,

  // Tables that clients hold open, so that any function can answer the next call on them.
  `CREATE TABLE open_table (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    session_id BINARY(8) NOT NULL,
    state MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    KEY open_table_session (session_id)
  ) ENGINE=InnoDB`,

  // What search folders look for, and how far their results are known: up to the change of each store in positions (JSON).
  // version grows with every change of the results, so that of two who bring them up to date one begins anew, and
  // counts are right as long as it is the one they were counted at.
  `CREATE TABLE search_folder (
    folder_id INT UNSIGNED NOT NULL,
    criteria MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    deep TINYINT UNSIGNED NOT NULL DEFAULT 0,
    stopped TINYINT UNSIGNED NOT NULL DEFAULT 0,
    complete TINYINT UNSIGNED NOT NULL DEFAULT 0,
    version INT UNSIGNED NOT NULL DEFAULT 0,
    positions TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    content_count INT UNSIGNED NOT NULL DEFAULT 0,
    unread_count INT UNSIGNED NOT NULL DEFAULT 0,
    counted_version INT UNSIGNED NULL,
    PRIMARY KEY (folder_id)
  ) ENGINE=InnoDB`,

  // The folders that were named, and those that are searched: with the ones below. next_id: the message to go on with.
  `CREATE TABLE search_target (
    folder_id INT UNSIGNED NOT NULL,
    target_id INT UNSIGNED NOT NULL,
    PRIMARY KEY (folder_id, target_id)
  ) ENGINE=InnoDB`,

  `CREATE TABLE search_scope (
    folder_id INT UNSIGNED NOT NULL,
    scope_id INT UNSIGNED NOT NULL,
    built TINYINT UNSIGNED NOT NULL DEFAULT 0,
    next_id INT UNSIGNED NULL,
    PRIMARY KEY (folder_id, scope_id)
  ) ENGINE=InnoDB`,

  `CREATE TABLE search_result (
    folder_id INT UNSIGNED NOT NULL,
    object_id INT UNSIGNED NOT NULL,
    PRIMARY KEY (folder_id, object_id)
  ) ENGINE=InnoDB`,

  `CREATE TABLE subscription (
    session_group BINARY(8) NOT NULL,
    connection INT UNSIGNED NOT NULL,
    session_id BINARY(8) NOT NULL,
    store_id INT UNSIGNED NOT NULL,
    subject_id INT UNSIGNED NOT NULL,
    event_mask INT UNSIGNED NOT NULL,
    position INT UNSIGNED NOT NULL,
    ended INT UNSIGNED NULL,
    sync_id INT UNSIGNED NOT NULL DEFAULT 0,
    table_id INT UNSIGNED NOT NULL DEFAULT 0,
    detail MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (session_group, connection),
    KEY subscription_session (session_id)
  ) ENGINE=InnoDB`,

  `CREATE TABLE sync (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    principal_id INT UNSIGNED NOT NULL,
    folder_source_key VARBINARY(255) NOT NULL,
    ics_type SMALLINT UNSIGNED NOT NULL,
    change_id INT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY sync_age (at)
  ) ENGINE=InnoDB`,

  // Of syncs with a restriction: which messages the client has in the state that change_id names. Compressed, in parts.
  `CREATE TABLE sync_content (
    sync_id INT UNSIGNED NOT NULL,
    change_id INT UNSIGNED NOT NULL,
    part INT UNSIGNED NOT NULL,
    source_keys MEDIUMBLOB NOT NULL,
    PRIMARY KEY (sync_id, change_id, part)
  ) ENGINE=InnoDB`,

  // Submitted messages: in the queue of their store, and (master) in that of the spooler.
  `CREATE TABLE outgoing (
    object_id INT UNSIGNED NOT NULL,
    master TINYINT UNSIGNED NOT NULL,
    store_id INT UNSIGNED NOT NULL,
    flags INT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL,
    PRIMARY KEY (object_id, master),
    KEY outgoing_store (store_id)
  ) ENGINE=InnoDB`,

  // Messages that a session keeps for itself; a lock ends with its session.
  `CREATE TABLE message_lock (
    object_id INT UNSIGNED NOT NULL,
    session_id BINARY(8) NOT NULL,
    PRIMARY KEY (object_id),
    KEY message_lock_session (session_id)
  ) ENGINE=InnoDB`,

  // One row per mail and mailbox, written in the transaction of its delivery: a second delivery changes nothing.
  `CREATE TABLE delivery (
    mail_id VARBINARY(200) NOT NULL,
    principal_id INT UNSIGNED NOT NULL,
    object_id INT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL,
    PRIMARY KEY (mail_id, principal_id),
    KEY delivery_age (at)
  ) ENGINE=InnoDB`,
];

/** When search folders were last brought up to date for who waits for news of them. */
export const WATCHED_SEARCH_SCHEMA: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS watched_search (
    folder_id INT UNSIGNED NOT NULL,
    refreshed DATETIME(3) NOT NULL,
    PRIMARY KEY (folder_id)
  ) ENGINE=InnoDB`,
];
