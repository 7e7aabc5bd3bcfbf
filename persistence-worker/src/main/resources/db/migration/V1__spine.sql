-- The tables that one message needs on its way into MySQL. Works on MySQL 8.0+ and MariaDB 10.6+.
-- Character set and collation stand at every table, whatever the server's defaults are: with the usual default collation
-- 'jose' would be 'José', and two people would share an account. All times are UTC.

-- Facts both programs must agree on; a difference stops the start.
CREATE TABLE setting (
  name  VARCHAR(64)  NOT NULL,
  value VARCHAR(255) NOT NULL,
  PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Identities that have said something. role: 0 USER, 1 ADMIN, the one seen last.
CREATE TABLE account (
  id         BIGINT           NOT NULL AUTO_INCREMENT,
  user       VARCHAR(64)      NOT NULL,
  role       TINYINT UNSIGNED NOT NULL,
  first_seen DATETIME(3)      NOT NULL,
  last_seen  DATETIME(3)      NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY account_user (user)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One support thread of one end user. Every state carries the position that set it and changes only to a higher one, so
-- that an entry of the log may be applied again.
-- status: 0 OPEN, 1 IN_PROGRESS, 2 ON_HOLD, 3 RESOLVED, 4 CLOSED. priority: 0 low, 1 medium, 2 high, 3 urgent.
CREATE TABLE conversation (
  id              BIGINT           NOT NULL AUTO_INCREMENT,
  public_id       BINARY(16)       NOT NULL,
  owner           VARCHAR(64)      NOT NULL,
  status          TINYINT UNSIGNED NOT NULL DEFAULT 0,
  status_epoch    INT UNSIGNED     NOT NULL DEFAULT 0,
  status_seq      INT UNSIGNED     NOT NULL DEFAULT 0,
  priority        TINYINT UNSIGNED NOT NULL DEFAULT 1,
  priority_epoch  INT UNSIGNED     NOT NULL DEFAULT 0,
  priority_seq    INT UNSIGNED     NOT NULL DEFAULT 0,
  assignee        VARCHAR(64)      NULL,
  assignee_epoch  INT UNSIGNED     NOT NULL DEFAULT 0,
  assignee_seq    INT UNSIGNED     NOT NULL DEFAULT 0,
  opened_at       DATETIME(3)      NOT NULL,
  public_epoch    INT UNSIGNED     NOT NULL DEFAULT 0,
  public_seq      INT UNSIGNED     NOT NULL DEFAULT 0,
  staff_epoch     INT UNSIGNED     NOT NULL DEFAULT 0,
  staff_seq       INT UNSIGNED     NOT NULL DEFAULT 0,
  last_message_at DATETIME(3)      NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY conversation_public_id (public_id),
  KEY conversation_owner (owner, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What was said. The key is never shown: it only keeps inserts at the end of the table, which random keys would not.
-- lane: 0 PUBLIC, 1 STAFF. after_public: head of the PUBLIC lane when a STAFF message was said.
-- No foreign key: the same transaction writes the conversation, and checking each row would lock it once more.
CREATE TABLE message (
  id              BIGINT           NOT NULL AUTO_INCREMENT,
  message_id      BINARY(16)       NOT NULL,
  client_msg_id   BINARY(16)       NOT NULL,
  sender          VARCHAR(64)      NOT NULL,
  sender_role     TINYINT UNSIGNED NOT NULL,
  conversation_id BIGINT           NOT NULL,
  lane            TINYINT UNSIGNED NOT NULL,
  epoch           INT UNSIGNED     NOT NULL,
  seq             INT UNSIGNED     NOT NULL,
  after_public    INT UNSIGNED     NULL,
  body            TEXT             NOT NULL,
  sent_at         DATETIME(3)      NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY message_once (client_msg_id, sender),
  UNIQUE KEY message_position (conversation_id, lane, epoch, seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How far the log of each partition is in these tables, and which worker may say so. Written last in the transaction that
-- writes the messages, and only by (owner, fence): a worker that lost its partition fails as a whole.
CREATE TABLE log_cursor (
  partition_no TINYINT UNSIGNED NOT NULL,
  log_id       VARCHAR(41)      NOT NULL DEFAULT '0-0',
  epoch        INT UNSIGNED     NOT NULL DEFAULT 0,
  owner        VARCHAR(96)      NOT NULL DEFAULT '',
  fence        BIGINT           NOT NULL DEFAULT 0,
  lease_until  DATETIME(3)      NOT NULL DEFAULT '2000-01-01 00:00:00.000',
  PRIMARY KEY (partition_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Workers alive, so that they can share the partitions evenly.
CREATE TABLE worker (
  id         VARCHAR(96) NOT NULL,
  seen_until DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What could not be stored, with its bytes (an Envelope, or what stands in its place) and why. Kept until replayed.
CREATE TABLE dead_letter (
  id           BIGINT           NOT NULL AUTO_INCREMENT,
  partition_no TINYINT UNSIGNED NOT NULL,
  log_id       VARCHAR(41)      NOT NULL,
  item         INT UNSIGNED     NOT NULL,
  fingerprint  BINARY(32)       NOT NULL,
  bytes        MEDIUMBLOB       NOT NULL,
  reason       VARCHAR(512)     NOT NULL,
  created_at   DATETIME(3)      NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY dead_letter_once (partition_no, log_id, item, fingerprint)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
