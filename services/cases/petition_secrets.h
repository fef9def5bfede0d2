// Who petitioned and in which words: kept apart from the petition, sealed under a key of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lucid/cases/v1/petition.pb.h"
#include "services/base/db.h"

namespace lucid::cases {

// The keeper of the sealed parts; holds the master keys and nothing else. Safe for many threads.
class PetitionSecrets {
 public:
  struct Parts {
    v1::Petitioner petitioner;
    std::string text;
  };

  // The same, each unreadable without the petition's key, and that without a master key. All are
  // empty where there is nothing to keep.
  struct Sealed {
    Blob key;
    Blob petitioner;
    Blob text;
  };

  // At least one master key: the first seals, each opens.
  explicit PetitionSecrets(std::vector<std::string> master_keys)
      : master_keys_(std::move(master_keys)) {}

  // FAILED_PRECONDITION when the database was sealed under a master key that is none of these; to
  // be called before anything else is, once per start.
  absl::Status CheckMasterKey(Db& db) const;

  // Moves text and petitioner out of a new petition that has its id, sealed, and sets `text_digest`
  // and `revealable`.
  Sealed TakeFrom(v1::Petition& petition) const;
  // Stores what was taken from a petition.
  static absl::Status Keep(Tx& tx, absl::string_view petition_id, Sealed sealed);

  // What was kept of a petition; empty parts where nothing was, or where it was erased.
  absl::StatusOr<Parts> Reveal(Tx& tx, const v1::Petition& petition) const;

  // Destroys the petition's key and what it sealed.
  static absl::Status Erase(Tx& tx, absl::string_view petition_id);

  // Seals under the first master key what is sealed under the others, in bounded Writes, so that
  // these can be given up; how many petitions it changed; nullopt where it was done before.
  absl::StatusOr<std::optional<int64_t>> Reseal(Db& db) const;

 private:
  // Whether the first master key sealed it.
  bool IsCurrent(absl::string_view context, absl::string_view sealed) const;
  absl::StatusOr<int64_t> ResealRows(Tx& tx, const Rows& rows) const;
  absl::StatusOr<std::string> OpenByAny(absl::string_view context, absl::string_view sealed) const;

  const std::vector<std::string> master_keys_;
};

}  // namespace lucid::cases
