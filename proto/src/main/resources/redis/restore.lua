#!lua flags=allow-oom
-- Brings Redis up to what MySQL holds of some conversations: after a wipe all that is open, after a fail-over what only MySQL
-- remembers. Part of a pass that prepare.lua begins and ends. Safe to repeat: positions only rise. Runs at out-of-memory, because
-- the log is drained only after it.
--
-- KEYS 1 partition hash   2 log   3 open conversations
--      then for each conversation: its hash, tail of PUBLIC, tail of STAFF, open conversation of the owner
-- ARGV 1 fencing number of the worker   2 the pass   3 admins' room
--      4 '1' settles what a call before answered with 'x': raises the epoch and makes everybody load these conversations anew
--      then for each conversation, as MySQL has it:
--        its id (16 bytes)   owner   status   epoch and seq that set it
--        head of PUBLIC: epoch, seq   head of STAFF: epoch, seq
--        read mark of the owner: epoch, seq   of staff: epoch, seq
--        seq of the last message of the owner, of an administrator   time of the last one in PUBLIC (ms)   last activity (ms)
--        room of the owner   what tells the owner's mark (a Publication)   what tells that of staff
-- Answers 'fenced' if another worker owns the partition; 'over' if the pass is, because Redis was wiped or the epoch raised under
-- it: begin another. Else a letter for each conversation:
--   'c' created   'r' put back what MySQL is ahead with   'k' nothing to do
--   'x' something was said in an epoch that does not know of messages that MySQL has: the two orders can't be joined under the
--       numbers clients know. To be settled when the pass has been over all.

local call, max = redis.call, math.max
local meta = call('HMGET', KEYS[1], 'epoch', 'fence', 'restoring', 'was', 'count', 'last', 'compared')
local fence = tonumber(ARGV[1])
if tonumber(meta[2] or 0) > fence then return 'fenced' end
local pass, since, upto = string.match(meta[3] or '', '^([^:]*):(%d+):(%d+)$')
if pass ~= ARGV[2] or tonumber(upto) ~= tonumber(meta[1] or 0) then return 'over' end
since, upto = tonumber(since), tonumber(upto)
local count, log_last = tonumber(meta[5] or 0), meta[6]

local settling = ARGV[4] == '1'
if settling then
  upto = upto + 1
  call('HSET', KEYS[1], 'epoch', upto, 'was', string.sub((meta[4] or '') .. meta[1] .. ' ', -176),
    'restoring', string.format('%s:%.0f:%.0f', pass, since, upto))
end

local function field(tag, bytes) return tag .. struct.pack('B', #bytes) .. bytes end

-- A mark that came back is said as if it had risen now: whoever watches hears of it, and the log holds it.
local function log_mark(room, mark)
  local log_id = call('XADD', KEYS[2], '*', 'e', mark)
  count = count + 1
  call('SPUBLISH', room, mark)
  call('SPUBLISH', ARGV[3], mark .. field('\18', log_id) .. field('\26', log_last or ''))
  log_last = log_id
  call('HSET', KEYS[1], 'count', count, 'last', log_id)
end

local function higher(epoch, seq, than_epoch, than_seq)
  return epoch > than_epoch or (epoch == than_epoch and seq > than_seq)
end

local function create(k, id, owner, v)
  -- Where the lanes ended in different epochs, the lower one's end is where the higher one began; where the other lane stood then
  -- nobody knows any more.
  local said = max(v.pe, v.ne)
  local base = v.pe > 0 and v.ne > 0 and v.pe ~= v.ne and math.min(v.pe, v.ne) or nil
  call('DEL', KEYS[k + 1], KEYS[k + 2])
  call('HSET', KEYS[k], 'o', owner, 'st', v.st, 'ste', v.ste, 'sts', v.sts, 'e', said, 's', v.ps, 'n', v.ns,
    'pe', v.pe, 'ps', v.ps, 'ne', v.ne, 'ns', v.ns, 'tb', 0, 'ore', v.ore, 'ors', v.ors, 'sre', v.sre, 'srs', v.srs,
    'los', v.los, 'las', v.las, 'lt', v.lt)
  if base then
    call('HSET', KEYS[k], 'be', base, 'bs', v.pe == base and v.ps or 0, 'bn', v.ne == base and v.ns or 0)
  end
  call('ZADD', KEYS[3], v.at, id)
  -- They come with the last opened first: of several of one owner that one is theirs.
  call('SET', KEYS[k + 3], id, 'NX')
  return 'c'
end

-- Whether MySQL's head of a lane is one that whoever goes on from Redis' would collide with: what was said last there is not part
-- of what Redis went on from.
local compared = tonumber(meta[7] or upto)
local function collides(said, touched, epoch, seq, head, base_epoch, base)
  if epoch == 0 or epoch == said then return false end
  if epoch > said or (not touched and seq > head) then return true end
  if not base_epoch then return true end -- opened anew, under the same id
  if base_epoch == 0 then return false end -- settled before
  -- Of epochs before the base nothing is known, but that a pass has been over them.
  if epoch < base_epoch then return base_epoch > compared end
  return epoch > base_epoch or seq > base
end

local function put_back(k, id, owner, v, room, owners_mark, staffs_mark)
  local c = call('HMGET', KEYS[k], 'o', 'e', 's', 'n', 'ore', 'ors', 'sre', 'srs', 'los', 'las', 'lt', 'ste', 'sts',
    'be', 'bs', 'bn', 'pe', 'ps', 'ne', 'ns')
  if not c[1] then return v.st < 4 and not settling and create(k, id, owner, v) or 'k' end
  local n = {}
  for i = 2, 20 do n[i] = tonumber(c[i] or 0) end
  local said, s, notes = n[2], n[3], n[4]
  local touched = since > 0 and said >= since
  local put = {}
  local function set(...)
    for _, value in ipairs({ ... }) do put[#put + 1] = value end
  end
  if settling then
    -- No position of before is known any more, and numbers go on behind all that there are.
    -- Between what the tails hold of epochs before this one there may be what MySQL alone has: 'mx' says so to whoever reads them.
    set('e', upto, 's', max(s, v.ps), 'n', max(notes, v.ns), 'be', 0, 'bs', 0, 'bn', 0, 'mx', upto)
  else
    local base = c[14] and n[14]
    if collides(said, touched, v.pe, v.ps, s, base, n[15]) or collides(said, touched, v.ne, v.ns, notes, base, n[16]) then
      return 'x'
    end
    -- What the tails hold is older and stored.
    if v.pe == said and v.ps > s then
      set('s', v.ps, 'tb', 0)
      call('DEL', KEYS[k + 1])
    end
    if v.ne == said and v.ns > notes then
      set('n', v.ns)
      call('DEL', KEYS[k + 2])
    end
  end
  if higher(v.pe, v.ps, n[17], n[18]) then set('pe', v.pe, 'ps', v.ps) end
  if higher(v.ne, v.ns, n[19], n[20]) then set('ne', v.ne, 'ns', v.ns) end
  if not touched then
    if v.los > n[9] then set('los', v.los) end
    if v.las > n[10] then set('las', v.las) end
  end
  if v.lt > n[11] then set('lt', v.lt) end
  local function fresh(epoch) return since > 0 and epoch >= since end
  if higher(v.ste, v.sts, n[12], n[13]) and not fresh(n[12]) then
    set('st', v.st, 'ste', v.ste, 'sts', v.sts)
    if v.st >= 4 then
      call('ZREM', KEYS[3], id)
      if call('GET', KEYS[k + 3]) == id then call('DEL', KEYS[k + 3]) end
    end
  end
  if higher(v.ore, v.ors, n[5], n[6]) and not fresh(n[5]) then
    set('ore', v.ore, 'ors', v.ors)
    log_mark(room, owners_mark)
  end
  if higher(v.sre, v.srs, n[7], n[8]) and not fresh(n[7]) then
    set('sre', v.sre, 'srs', v.srs)
    log_mark(room, staffs_mark)
  end
  if #put == 0 then return 'k' end
  call('HSET', KEYS[k], unpack(put))
  return 'r'
end

local answers = {}
local names = { 'st', 'ste', 'sts', 'pe', 'ps', 'ne', 'ns', 'ore', 'ors', 'sre', 'srs', 'los', 'las', 'lt', 'at' }
for i = 1, (#KEYS - 3) / 4 do
  local at = 5 + (i - 1) * 20
  local values = {}
  for j, name in ipairs(names) do values[name] = tonumber(ARGV[at + 1 + j]) end
  answers[i] = put_back(i * 4, ARGV[at], ARGV[at + 1], values, ARGV[at + 17], ARGV[at + 18], ARGV[at + 19])
end
return table.concat(answers)
