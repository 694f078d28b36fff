/**
 * Tables of the directory: people, groups and companies (principals), how they
 * relate, and the sessions of those who are logged on.
 */
export const DIRECTORY_SCHEMA: readonly string[] = [
  // Ids 1 (Everyone) and 2 (SYSTEM) are fixed on the wire. name_key is the name folded,
  // with type and company before it: what may exist once. Contacts have no name to log on with.
  `CREATE TABLE principal (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    class INT UNSIGNED NOT NULL,
    external_id VARBINARY(255) NOT NULL,
    company_id INT UNSIGNED NOT NULL DEFAULT 0,
    name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
    name_key VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    full_name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
    email VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
    admin_level TINYINT UNSIGNED NOT NULL DEFAULT 0,
    hidden TINYINT UNSIGNED NOT NULL DEFAULT 0,
    password VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    details MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY principal_external (external_id),
    UNIQUE KEY principal_name_key (name_key),
    KEY principal_name (name),
    KEY principal_full_name (full_name),
    KEY principal_email (email),
    KEY principal_company (company_id, class)
  ) ENGINE=InnoDB`,

  // relation: see relation.ts (member of a group, may send as, views a company, administers a company, gets quota mail)
  `CREATE TABLE relation (
    type TINYINT UNSIGNED NOT NULL,
    parent_id INT UNSIGNED NOT NULL,
    child_id INT UNSIGNED NOT NULL,
    PRIMARY KEY (type, parent_id, child_id),
    KEY relation_child (type, child_id)
  ) ENGINE=InnoDB`,

  // Append-only: what clients with a copy of the address book read.
  `CREATE TABLE address_book_change (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    principal_id INT UNSIGNED NOT NULL,
    class INT UNSIGNED NOT NULL,
    external_id VARBINARY(255) NOT NULL,
    company_id INT UNSIGNED NOT NULL,
    ics_type SMALLINT UNSIGNED NOT NULL,
    at DATETIME(3) NOT NULL,
    PRIMARY KEY (id)
  ) ENGINE=InnoDB`,

  `CREATE TABLE session (
    id BINARY(8) NOT NULL,
    session_group BINARY(8) NOT NULL,
    principal_id INT UNSIGNED NOT NULL,
    impersonator_id INT UNSIGNED NOT NULL DEFAULT 0,
    capabilities INT UNSIGNED NOT NULL,
    client_version VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    client_app VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    client_app_version VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    client_app_misc VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    address VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    trusted TINYINT UNSIGNED NOT NULL,
    started DATETIME(3) NOT NULL,
    seen DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY session_group (session_group),
    KEY session_seen (seen)
  ) ENGINE=InnoDB`,
];
