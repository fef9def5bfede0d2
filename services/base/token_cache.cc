#include "services/base/token_cache.h"

#include <utility>

namespace lucid {

std::shared_ptr<const Actor> TokenCache::Find(const std::string& token, absl::Time now) {
  const uint64_t current = generation();
  auto valid = [&](const Entry& entry) {
    return entry.generation == current && now >= entry.valid_from && now < entry.valid_until;
  };
  Shard& shard = ShardOf(token);
  std::lock_guard lock(shard.mutex);
  if (auto it = shard.young.find(token); it != shard.young.end()) {
    return valid(it->second) ? it->second.actor : nullptr;
  }
  auto it = shard.old.find(token);
  if (it == shard.old.end() || !valid(it->second)) return nullptr;
  Entry entry = std::move(it->second);
  shard.old.erase(it);
  std::shared_ptr<const Actor> actor = entry.actor;
  InsertLocked(shard, token, std::move(entry));
  return actor;
}

void TokenCache::Insert(const std::string& token, Entry entry) {
  Shard& shard = ShardOf(token);
  std::lock_guard lock(shard.mutex);
  InsertLocked(shard, token, std::move(entry));
}

void TokenCache::InsertLocked(Shard& shard, const std::string& token, Entry entry) {
  if (shard.young.size() >= shard_capacity_) {
    shard.old = std::move(shard.young);
    shard.young = Entries();
  }
  shard.young.insert_or_assign(token, std::move(entry));
}

void TokenCache::NextGeneration() {
  generation_.fetch_add(1, std::memory_order_acq_rel);
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    shard.young = Entries();
    shard.old = Entries();
  }
}

size_t TokenCache::size() const {
  size_t size = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    size += shard.young.size() + shard.old.size();
  }
  return size;
}

}  // namespace lucid
