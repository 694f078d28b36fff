/** Tables of the synchronisation with LDAP and Active Directory, and of the throttle of logons. */
export const DIRECTORY_SYNC_SCHEMA: readonly string[] = [
  // A principal that comes from the directory. dn: where it is there, for logons; dn_key: its short form, see ldap/dn.ts.
  // content, relations: digests of what was written last; zeros: write again. vanished: since when the directory lacks it.
  `CREATE TABLE directory_entry (
    principal_id INT UNSIGNED NOT NULL,
    kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    dn VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    dn_key BINARY(16) NOT NULL,
    content BINARY(16) NOT NULL,
    relations BINARY(16) NOT NULL,
    vanished DATETIME(3) NULL,
    PRIMARY KEY (principal_id),
    KEY directory_entry_vanished (vanished)
  ) ENGINE=InnoDB`,

  // One row: who synchronises, and how far the last one came.
  `CREATE TABLE directory_sync (
    id TINYINT UNSIGNED NOT NULL,
    holder VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    until DATETIME(3) NULL,
    server VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
    position VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    mapping BINARY(16) NULL,
    full_at DATETIME(3) NULL,
    PRIMARY KEY (id)
  ) ENGINE=InnoDB`,
  'INSERT IGNORE INTO directory_sync (id) VALUES (1)',

  // Wrong tries, by a digest of user name and source. Rows go when they are old.
  `CREATE TABLE logon_failure (
    subject BINARY(16) NOT NULL,
    failures INT UNSIGNED NOT NULL,
    last DATETIME(3) NOT NULL,
    PRIMARY KEY (subject),
    KEY logon_failure_age (last)
  ) ENGINE=InnoDB`,
];
