-- Read marks, what history and lists are read by, and the views that answer the SQL of the first system. Works on MySQL 8.0+ and
-- MariaDB 10.6+.

-- owner_read, staff_read: how far the owner and any of staff have read the PUBLIC lane; higher positions win.
-- last_owner_seq, last_admin_seq: the last message of the owner and of an administrator in the PUBLIC lane.
-- last_public_at: the same as last_message_at without the STAFF lane. An owner sees this one only.
ALTER TABLE conversation
  ADD COLUMN owner_read_epoch INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN owner_read_seq   INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN staff_read_epoch INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN staff_read_seq   INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN last_owner_seq   INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN last_admin_seq   INT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN last_public_at   DATETIME(3)  NULL;

-- Once, for what was said before: the newest of each side, and its time.
UPDATE conversation c
  LEFT JOIN (
    SELECT conversation_id,
           MAX(IF(sender_role = 0, seq, 0)) AS owner_seq,
           MAX(IF(sender_role = 1, seq, 0)) AS admin_seq,
           MAX(sent_at)                     AS public_at
    FROM message
    WHERE lane = 0
    GROUP BY conversation_id) said ON said.conversation_id = c.id
  SET c.last_owner_seq = COALESCE(said.owner_seq, 0),
      c.last_admin_seq = COALESCE(said.admin_seq, 0),
      c.last_public_at = said.public_at;

-- Lists go by last activity and then by the public id, as the sorted sets in Redis do.
ALTER TABLE conversation
  ADD KEY conversation_activity (last_message_at, public_id),
  ADD KEY conversation_owner_activity (owner, last_public_at, public_id);

-- Administrators are few: who they are is asked with every list of users.
ALTER TABLE account ADD KEY account_role (role, user);

-- Who of the administrators said it. NULL for everybody else: those entries stand together and grow at their end, so that this
-- index costs inserts next to nothing.
ALTER TABLE message
  ADD COLUMN admin_sender VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
    GENERATED ALWAYS AS (IF(sender_role = 1, sender, NULL)) VIRTUAL,
  ADD KEY message_admin (admin_sender, lane, id);

-- The tables of the first system, as it queried them. Collations stand at every literal: how these compare must not depend on
-- the connection that made the view. With the rights of whoever asks, so that dropping the migration user breaks nothing.
CREATE SQL SECURITY INVOKER VIEW mensajes AS
  SELECT m.sender                                                                          AS de_usuario,
         IF(m.sender_role = 1, c.owner, CONVERT('admin' USING utf8mb4) COLLATE utf8mb4_bin) AS para_usuario,
         m.body                                                                            AS mensaje,
         m.sent_at                                                                         AS fecha
  FROM message m
  JOIN conversation c ON c.id = m.conversation_id
  WHERE m.lane = 0;

-- Whoever said something, whoever was written to, and always the address of support.
CREATE SQL SECURITY INVOKER VIEW usuarios AS
  SELECT a.user AS usuario,
         CONVERT(IF(a.role = 1, 'admin', 'user') USING utf8mb4) COLLATE utf8mb4_bin AS rol
  FROM account a
  WHERE a.user <> 'admin'
  UNION ALL
  SELECT CONVERT('admin' USING utf8mb4) COLLATE utf8mb4_bin,
         CONVERT('admin' USING utf8mb4) COLLATE utf8mb4_bin
  UNION ALL
  SELECT DISTINCT c.owner,
         CONVERT('user' USING utf8mb4) COLLATE utf8mb4_bin
  FROM conversation c
  WHERE c.owner <> 'admin'
    AND NOT EXISTS (SELECT 1 FROM account a WHERE a.user = c.owner);
