-- Positions at which no message stands, and what finds an entry that kills workers. Works on MySQL 8.0+ and MariaDB 10.6+.

-- VOID: the same sender had said the same id before, and that message stands at an earlier position. Later ones can't take this
-- place any more. Positions that are in the dead letters stand there.
CREATE TABLE void_position (
  conversation_id BIGINT           NOT NULL,
  lane            TINYINT UNSIGNED NOT NULL,
  epoch           INT UNSIGNED     NOT NULL,
  seq             INT UNSIGNED     NOT NULL,
  PRIMARY KEY (conversation_id, lane, epoch, seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The position of a letter that could be read; NULL for others. encoding: 0 the bytes as they are, 1 as Base64, because as they
-- are they killed workers on their way here.
ALTER TABLE dead_letter
  ADD COLUMN conversation BINARY(16)       NULL,
  ADD COLUMN lane         TINYINT UNSIGNED NULL,
  ADD COLUMN epoch        INT UNSIGNED     NULL,
  ADD COLUMN seq          INT UNSIGNED     NULL,
  ADD COLUMN encoding     TINYINT UNSIGNED NOT NULL DEFAULT 0,
  ADD KEY dead_letter_position (conversation, lane, epoch, seq);

-- deaths: owners that went without a word since log_id moved. step: the entry that is being stored on its own, the part of it
-- (-1: the entry as a whole is being read, -2: what is no message in it is being stored), how many owners went at exactly this, and
-- whether the owner is at it.
ALTER TABLE log_cursor
  ADD COLUMN deaths      INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN step_log_id VARCHAR(41)  NOT NULL DEFAULT '',
  ADD COLUMN step_item   INT          NOT NULL DEFAULT -1,
  ADD COLUMN step_deaths INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN step_open   TINYINT      NOT NULL DEFAULT 0;

-- What people did to dead letters. Rows are only added.
CREATE TABLE dead_letter_action (
  id          BIGINT           NOT NULL AUTO_INCREMENT,
  letter_id   BIGINT           NOT NULL,
  action      VARCHAR(16)      NOT NULL,
  actor       VARCHAR(64)      NOT NULL,
  at          DATETIME(3)      NOT NULL,
  log_id      VARCHAR(41)      NOT NULL,
  item        INT UNSIGNED     NOT NULL,
  fingerprint BINARY(32)       NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
