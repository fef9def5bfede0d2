#include "services/cases/petition_secrets.h"

#include "absl/strings/str_cat.h"
#include "services/base/status.h"
#include "services/cases/seal.h"

namespace lucid::cases {
namespace {

constexpr absl::string_view kCheck = "the master key of this database";

std::string Context(absl::string_view part, absl::string_view petition_id) {
  return absl::StrCat(part, "/", petition_id);
}

}  // namespace

absl::Status PetitionSecrets::CheckMasterKey(Db& db) const {
  return db.Write([&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Run("INSERT INTO master_key (id, proof) VALUES (1, $1)"
                           " ON CONFLICT (id) DO NOTHING",
                           {Blob{Seal(master_keys_.front(), kCheck, kCheck)}})
                        .status());
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT proof FROM master_key WHERE id = 1"));
    if (OpenByAny(kCheck, rows.Bytes(0, 0)).ok()) return absl::OkStatus();
    return absl::FailedPreconditionError(
        "the petitioner key is not the one under which this database was sealed");
  });
}

PetitionSecrets::Sealed PetitionSecrets::TakeFrom(v1::Petition& petition) const {
  Parts parts;
  parts.petitioner.Swap(petition.mutable_petitioner());
  parts.text.swap(*petition.mutable_text());
  petition.clear_petitioner();
  petition.clear_text();
  const std::string person = parts.petitioner.SerializeAsString();
  petition.set_revealable(!person.empty() || !parts.text.empty());
  if (!petition.revealable()) return {};
  const std::string key = NewKey();
  if (!parts.text.empty()) petition.set_text_digest(KeyedDigest(key, parts.text));
  return {Blob{Seal(master_keys_.front(), Context("key", petition.id()), key)},
          Blob{Seal(key, Context("petitioner", petition.id()), person)},
          Blob{Seal(key, Context("text", petition.id()), parts.text)}};
}

absl::Status PetitionSecrets::Keep(Tx& tx, absl::string_view petition_id, Sealed sealed) {
  if (sealed.key.bytes.empty()) return absl::OkStatus();
  return tx
      .Run(
          "INSERT INTO petition_secrets (petition_id, sealed_key, petitioner, text)"
          " VALUES ($1, $2, $3, $4)",
          {std::string(petition_id), std::move(sealed.key), std::move(sealed.petitioner),
           std::move(sealed.text)})
      .status();
}

absl::StatusOr<PetitionSecrets::Parts> PetitionSecrets::Reveal(Tx& tx,
                                                               const v1::Petition& petition) const {
  Parts parts;
  if (!petition.revealable()) return parts;
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT sealed_key, petitioner, text FROM petition_secrets"
                                     " WHERE petition_id = $1",
                                     {petition.id()}));
  if (rows.empty()) return parts;
  ASSIGN_OR_RETURN(std::string key, OpenByAny(Context("key", petition.id()), rows.Bytes(0, 0)));
  ASSIGN_OR_RETURN(std::string person,
                   Open(key, Context("petitioner", petition.id()), rows.Bytes(0, 1)));
  ASSIGN_OR_RETURN(parts.text, Open(key, Context("text", petition.id()), rows.Bytes(0, 2)));
  if (!parts.petitioner.ParseFromString(person)) {
    return absl::DataLossError("what was sealed cannot be read");
  }
  return parts;
}

absl::Status PetitionSecrets::Erase(Tx& tx, absl::string_view petition_id) {
  return tx.Run("DELETE FROM petition_secrets WHERE petition_id = $1", {std::string(petition_id)})
      .status();
}

// The proof goes last: as long as it needs an old key, the service does not start without that key.
absl::StatusOr<std::optional<int64_t>> PetitionSecrets::Reseal(Db& db) const {
  ASSIGN_OR_RETURN(Rows proof, db.Read([](Tx& tx) {
    return tx.Run("SELECT proof FROM master_key WHERE id = 1");
  }));
  if (proof.empty() || IsCurrent(kCheck, proof.Bytes(0, 0))) return std::nullopt;
  int64_t resealed = 0;
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(Rows rows, db.Read([&](Tx& tx) {
      return tx.Run(
          "SELECT petition_id, sealed_key FROM petition_secrets WHERE petition_id > $1"
          " ORDER BY petition_id LIMIT 500",
          {after});
    }));
    if (rows.empty()) break;
    ASSIGN_OR_RETURN(int64_t changed, db.Write([&](Tx& tx) { return ResealRows(tx, rows); }));
    resealed += changed;
    after = rows.Text(rows.size() - 1, 0);
  }
  RETURN_IF_ERROR(db.Write([&](Tx& tx) {
                      return tx.Run("UPDATE master_key SET proof = $1 WHERE id = 1",
                                    {Blob{Seal(master_keys_.front(), kCheck, kCheck)}});
                    }).status());
  return resealed;
}

// A petition that was erased meanwhile stays erased.
absl::StatusOr<int64_t> PetitionSecrets::ResealRows(Tx& tx, const Rows& rows) const {
  int64_t resealed = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string context = Context("key", rows.Text(i, 0));
    if (IsCurrent(context, rows.Bytes(i, 1))) continue;
    ASSIGN_OR_RETURN(std::string key, OpenByAny(context, rows.Bytes(i, 1)));
    RETURN_IF_ERROR(tx.Run("UPDATE petition_secrets SET sealed_key = $1 WHERE petition_id = $2",
                           {Blob{Seal(master_keys_.front(), context, key)}, rows.Text(i, 0)})
                        .status());
    ++resealed;
  }
  return resealed;
}

bool PetitionSecrets::IsCurrent(absl::string_view context, absl::string_view sealed) const {
  return Open(master_keys_.front(), context, sealed).ok();
}

absl::StatusOr<std::string> PetitionSecrets::OpenByAny(absl::string_view context,
                                                       absl::string_view sealed) const {
  absl::StatusOr<std::string> opened = absl::InternalError("no master key");
  for (const std::string& key : master_keys_) {
    opened = Open(key, context, sealed);
    if (opened.ok()) break;
  }
  return opened;
}

}  // namespace lucid::cases
