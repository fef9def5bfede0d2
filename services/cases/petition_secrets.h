// Who petitioned and in which words: kept apart from the petition, sealed under a key of its own.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lucid/cases/v1/petition.pb.h"
#include "services/base/db.h"

namespace lucid::cases {

// The keeper of the sealed parts; holds the master key and nothing else. Safe for many threads.
class PetitionSecrets {
 public:
  struct Parts {
    v1::Petitioner petitioner;
    std::string text;
  };

  // The same, each unreadable without the petition's key, and that without the master key. All are
  // empty where there is nothing to keep.
  struct Sealed {
    Blob key;
    Blob petitioner;
    Blob text;
  };

  explicit PetitionSecrets(std::string master_key) : master_key_(std::move(master_key)) {}

  // FAILED_PRECONDITION when the database was sealed under another master key; to be called before
  // anything else is, once per start.
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

 private:
  const std::string master_key_;
};

}  // namespace lucid::cases
