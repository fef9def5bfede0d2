// The verified tokens of the last minutes, so that a signature is checked once and not per call.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "services/base/call.h"

namespace lucid {

// Holds at most `capacity` entries; those not asked for lately go first. Safe for many threads.
class TokenCache {
 public:
  explicit TokenCache(size_t capacity) : shard_capacity_(capacity / kShards / 2 + 1) {}

  struct Entry {
    std::shared_ptr<const Actor> actor;
    absl::Time valid_from;
    absl::Time valid_until;
    uint64_t generation = 0;
  };

  // The actor of the token with this SHA-256 digest, if it is valid at `now`, or null.
  std::shared_ptr<const Actor> Find(const std::string& token, absl::Time now);

  // `entry.generation` is what generation() said before the keys that verified it were fetched.
  void Insert(const std::string& token, Entry entry);

  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // Forgets all entries, those too that are on their way in; called after the keys have changed.
  void NextGeneration();

  size_t size() const;

 private:
  // The digest of a token is as good a hash as any.
  struct Hash {
    size_t operator()(const std::string& digest) const {
      size_t hash;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  using Entries = absl::flat_hash_map<std::string, Entry, Hash>;
  // Entries enter `young`; when it is full it becomes `old` and what `old` held is dropped. What
  // is found in `old` enters `young` again.
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    Entries young;
    Entries old;
  };
  static constexpr size_t kShards = 16;

  Shard& ShardOf(const std::string& digest) {
    return shards_[static_cast<uint8_t>(digest.back()) % kShards];
  }
  void InsertLocked(Shard& shard, const std::string& token, Entry entry);

  const size_t shard_capacity_;
  std::atomic<uint64_t> generation_ = 0;
  std::array<Shard, kShards> shards_;
};

}  // namespace lucid
