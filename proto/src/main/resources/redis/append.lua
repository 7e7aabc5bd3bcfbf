#!lua
-- Accepts, numbers, stores and announces messages, of several partitions in one call. All or nothing for each message.
--
-- A block is what one partition is told: all that is in it stands in that partition's log as one entry. On a Cluster a call has
-- one block, because partitions lie in different slots. A block that is refused, or fails, does not stop those behind it.
-- A group is what one sender says in one lane of one conversation, in the order it was sent.
--
-- KEYS for each block:
--        partition hash   log   dedupe   dedupe before   open conversations
--        then for each group: conversation hash, tail of the lane, open conversation of the owner, rate of the sender
-- ARGV 1 backlog limit (messages of a partition)   2 dedupe limit (ids of a partition)   3 dedupe age (ms)
--      4 'w' write again what is known of a repetition, so that a WAIT behind this call covers it, too; else empty
--      then for each block, in the same order:
--        epoch the caller encoded into the records   admins' room   number of groups, then for each group:
--          room of the owner, empty for the STAFF lane
--          conversation id (16 bytes)   owner
--          'o' open it if the owner has none open, 'x' it must exist
--          lane, '0' PUBLIC or '1' STAFF
--          who speaks, by their role: '0' a user or '1' an administrator
--          rate: burst   rate: milliseconds a message
--          number of messages (at most 2000 in all blocks together), then for each message:
--            client_msg_id (16 bytes) and sender, the field in the dedupe hash
--            conversation id (16 bytes), message id (16 bytes), fingerprint of the body (8 bytes)
--            the record: a Publication of one Envelope, all but the fields born here
--
-- Answers one string: for each block, in the same order, one of
--   'u' a worker has not prepared this partition
--   'e' the epoch has changed or must be raised; then the epoch that is stored (u32)
--   'f' failed, as when a key holds another type: what became of its messages is not known
--   'o' done; then the time (u64, ms) and for each message, or row of accepted ones, one of
--       'A' accepted, seq of the first (u32), how many in a row (u16)
--       'D' duplicate; conversation (16), message id (16), epoch (u32), seq (u32), time (u64) of the first try
--       'X' the same id with another body
--       'M' the owner's open conversation is another: its id (16), zeros if the named one can't be opened any more
--       'F' no such conversation of this owner   'C' it is closed
--       'N' no such conversation, but a worker is about to put back what MySQL alone remembers
--       'B' backlog full   'L' rate limited, retry after (u32, ms)
-- Numbers are little-endian.

local KEYS, ARGV, call, pack, sub = KEYS, ARGV, redis.call, struct.pack, string.sub
local backlog_max, dedupe_max, dedupe_age = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local write_again = ARGV[4] == 'w'

-- Where each block begins, and the fields of its messages in the dedupe hashes.
local blocks, messages = {}, 0
local key, at = 1, 5
while KEYS[key] do
  local groups = tonumber(ARGV[at + 2])
  local block = { key = key, at = at, groups = groups, fields = {} }
  blocks[#blocks + 1] = block
  at = at + 3
  for _ = 1, groups do
    local n = tonumber(ARGV[at + 8])
    at = at + 9
    for _ = 1, n do
      messages = messages + 1
      block.fields[#block.fields + 1] = ARGV[at]
      at = at + 3
    end
  end
  key = key + 5 + groups * 4
end
-- Before anything is written: Lua can't pass on much longer lists, and would find that out half-way. It also bounds how long
-- everybody else waits.
if messages > 2000 then return redis.error_reply('ERR more than 2000 messages in one call') end

-- A fail-over or restart changes the replication id, and nothing else shows it reliably: connections outlive both.
local replid = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local time = pack('<I8', now)
local stamp = pack('<BI8', 121, now) -- field 15, fixed64

local function append(block)
  local partition, log, dedupe, dedupe_before, open_ones = unpack(KEYS, block.key, block.key + 4)
  local fields, at = block.fields, block.at
  local meta = call('HMGET', partition, 'epoch', 'replid', 'count', 'last', 'ids', 'rotated', 'twice', 'compared')
  if not meta[1] then return 'u' end
  local epoch = tonumber(meta[1])
  if replid ~= meta[2] or epoch ~= tonumber(ARGV[at]) then return 'e' .. pack('<I4', epoch) end
  local count, ids = tonumber(meta[3]), tonumber(meta[5])

  -- Dedupe has a bounded memory: two generations, the older is dropped when the newer is full or old.
  if ids > 0 and (ids >= dedupe_max or now - tonumber(meta[6]) > dedupe_age) then
    call('UNLINK', dedupe_before)
    -- An operator may have deleted it; RENAME would then fail, and with it every append from here on.
    if call('EXISTS', dedupe) == 1 then call('RENAME', dedupe, dedupe_before) end
    call('HSET', partition, 'ids', 0, 'rotated', now, 'twice', 1)
    ids, meta[7] = 0, '1'
  end

  local known = call('HMGET', dedupe, unpack(fields))
  local before = meta[7] and call('HMGET', dedupe_before, unpack(fields)) or {}

  -- What a message costs here is strings: each is hashed, copied and collected. So a group's pieces are joined once, and those bytes
  -- go into the log, the tail and the rooms alike.
  local result, chunks, remember, publish = { 'o' .. time }, {}, {}, {}
  local when = pack('<I4I8', epoch, now)    -- the end of a dedupe record
  local seen = {}                           -- ids accepted by this very call
  local index, accepted = 0, 0

  local admins = ARGV[at + 1]
  at = at + 3
  for g = 1, block.groups do
    local k = block.key + 1 + g * 4 -- first key of the group
    local room, id, owner, mode, lane = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    -- Not by name: an administrator may be called as the owner is, or be the owner.
    local admin = ARGV[at + 5] == '1'
    local burst, period, n = tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7]), tonumber(ARGV[at + 8])
    at = at + 9
    local c = call('HMGET', KEYS[k], 'o', 'st', 'e', 's', 'n', 'tb')
    local refusal, opening = nil, false
    if mode == 'o' then
      local open = call('GET', KEYS[k + 2])
      if not open then
        if c[1] then refusal = 'M' .. string.rep('\0', 16) else opening = true end
      elseif open ~= id then
        refusal = 'M' .. open
      end
    elseif not c[1] then
      refusal = tonumber(meta[8] or 0) == epoch and 'F' or 'N'
    elseif c[1] ~= owner then
      refusal = 'F'
    elseif tonumber(c[2]) >= 4 then
      refusal = 'C'
    end
    local public, staff = tonumber(c[4] or 0), tonumber(c[5] or 0)
    local first = (lane == '1' and staff or public) + 1
    local seq = first - 1
    local row = seq -- everything after it was accepted and is not in the result yet
    local after = lane == '1' and pack('<BI4', 109, public) or nil -- field 13, fixed32
    local tat, pieces, p = nil, {}, 0

    for _ = 1, n do
      index = index + 1
      local field, claim = ARGV[at], ARGV[at + 1]
      local earlier = known[index] or before[index] or seen[field]
      local answer
      if earlier then
        if sub(earlier, 33, 40) == sub(claim, 33, 40) then
          answer = 'D' .. sub(earlier, 1, 32) .. sub(earlier, 46, 49) .. sub(earlier, 42, 45) .. sub(earlier, 50, 57)
          if write_again and not seen[field] then
            call('HSET', known[index] and dedupe or dedupe_before, field, earlier)
          end
        else
          answer = 'X'
        end
      elseif refusal then
        answer = refusal
      elseif count >= backlog_max then
        answer = 'B'
      else
        if not tat then
          tat = tonumber(call('GET', KEYS[k + 3]) or 0)
          -- Ahead by more than a full burst it can't be, unless the clock went back: then it says nothing any more.
          if tat < now or tat - now > burst * period then tat = now end
        end
        local wait = tat + period - now - burst * period
        if wait > 0 then
          answer = 'L' .. pack('<I4', math.ceil(wait))
        else
          tat = tat + period
          seq = seq + 1
          count = count + 1
          local number = pack('<BI4', 117, seq) -- field 14, fixed32
          pieces[p + 1] = ARGV[at + 2]
          if after then
            p = p + 1
            pieces[p + 1] = after
          end
          pieces[p + 2] = number
          pieces[p + 3] = stamp
          p = p + 3
          local value = claim .. number .. when
          seen[field] = value
          accepted = accepted + 1
          remember[accepted * 2 - 1] = field
          remember[accepted * 2] = value
        end
      end
      if answer then
        if seq > row then
          result[#result + 1] = 'A' .. pack('<I4I2', row + 1, seq - row)
          row = seq
        end
        result[#result + 1] = answer
      end
      at = at + 3
    end
    if seq > row then result[#result + 1] = 'A' .. pack('<I4I2', row + 1, seq - row) end

    if p > 0 then
      if opening then
        call('HSET', KEYS[k], 'o', owner, 'st', 0, 's', 0, 'n', 0)
        call('SET', KEYS[k + 2], id)
      end
      call('ZADD', open_ones, now, id)
      local chunk = table.concat(pieces)
      chunks[#chunks + 1] = chunk
      -- The tail alternates: first seq and number of messages, then their records in one piece.
      local had = call('RPUSH', KEYS[k + 1], pack('<I4I4', first, seq - first + 1), chunk) > 2
      local bytes = #chunk
      if had then
        -- A tail at rest has a time to live; what is not stored yet must not.
        call('PERSIST', KEYS[k + 1])
        bytes = bytes + tonumber(lane == '0' and c[6] or 0)
      end
      if c[3] and tonumber(c[3]) ~= epoch then
        -- First append in a new epoch: whoever stands at or before these bases has missed nothing.
        call('HSET', KEYS[k], 'be', c[3], 'bs', public, 'bn', staff)
      end
      if lane == '0' then
        -- Whoever speaks has read what stood before; see read.lua for the marks themselves.
        call('HSET', KEYS[k], 's', seq, 'e', epoch, 'tb', bytes, 'lt', now, admin and 'las' or 'los', seq)
      else
        call('HSET', KEYS[k], 'n', seq, 'e', epoch)
      end
      call('SET', KEYS[k + 3], tat, 'PX', math.max(1, math.ceil(tat - now)))
      -- Whatever the caller says, no note goes where its owner listens.
      if room ~= '' and lane == '0' then publish[#publish + 1] = { room, chunk } end
    end
  end

  if accepted > 0 then
    local entry = #chunks == 1 and chunks[1] or table.concat(chunks)
    local log_id = call('XADD', log, '*', 'e', entry)
    call('HSET', dedupe, unpack(remember))
    call('HSET', partition, 'count', count, 'last', log_id, 'ids', ids + accepted)
    for _, p in ipairs(publish) do call('SPUBLISH', p[1], p[2]) end
    local last = meta[4] or ''
    -- Publication.log_id and previous_log_id
    local ids_only = '\18' .. pack('B', #log_id) .. log_id .. '\26' .. pack('B', #last) .. last
    if #entry > 4096 then
      -- A second publish is cheaper than another string of this size.
      call('SPUBLISH', admins, entry)
      call('SPUBLISH', admins, ids_only)
    else
      call('SPUBLISH', admins, entry .. ids_only)
    end
  end

  return table.concat(result)
end

local answers = {}
for i, block in ipairs(blocks) do
  -- One partition whose keys are broken must not take the others along.
  local fine, answer = pcall(append, block)
  answers[i] = fine and answer or 'f'
end
return table.concat(answers)
