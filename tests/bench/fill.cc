// The data of a bench: tasks in bulk, and the tokens of many subjects.
#include <fstream>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "services/base/id.h"
#include "services/base/jwt.h"
#include "tests/bench/bench.h"

ABSL_DECLARE_FLAG(std::string, db);  // the services' own
ABSL_FLAG(int, count, 0, "how many tasks to create");
ABSL_FLAG(std::string, ids, "", "file for the ids of the tasks, one per line");
ABSL_FLAG(int, subjects, 0, "how many subjects get a token");
ABSL_FLAG(std::string, key, "", "file with the private key of the issuer lucid-local");
ABSL_FLAG(std::string, tokens, "", "file for the tokens, one per line");

namespace lucid::bench {
namespace {

constexpr int kBatch = 1000;

absl::Status MakeTasks() {
  ASSIGN_OR_RETURN(std::unique_ptr<Handlers> handlers, Handlers::Open(absl::GetFlag(FLAGS_db)));
  std::ofstream ids(absl::GetFlag(FLAGS_ids));
  const std::string stem = NewId(absl::Now());
  for (int made = 0; made < absl::GetFlag(FLAGS_count); made += kBatch) {
    tasks::v1::BatchCreateTasksRequest request;
    for (int i = made; i < std::min(made + kBatch, absl::GetFlag(FLAGS_count)); ++i) {
      *request.add_tasks() = SampleTask(absl::StrCat(stem, "-", i));
    }
    ASSIGN_OR_RETURN(auto batch, handlers->service().BatchCreateTasks(OfficeCall(0), request));
    for (const auto& task : batch.tasks()) ids << task.id() << "\n";
  }
  ids.close();
  return ids ? absl::OkStatus() : absl::UnavailableError("the ids cannot be written");
}

absl::Status MakeTokens() {
  const std::string jwk = absl::StrJoin(Lines(absl::GetFlag(FLAGS_key)), "\n");
  ASSIGN_OR_RETURN(SigningKey key, SigningKey::Parse(jwk));
  std::ofstream tokens(absl::GetFlag(FLAGS_tokens));
  const json_int_t now = absl::ToUnixSeconds(absl::Now());
  for (int i = 0; i < absl::GetFlag(FLAGS_subjects); ++i) {
    const std::string subject = OfficeCall(i).actor.subject;
    Json claims(json_pack("{s:s, s:s, s:s, s:[s], s:s, s:I, s:I, s:I}", "iss", "lucid-local", "aud",
                          "lucid", "sub", subject.c_str(), "roles", "OFFICE", "region", "210400",
                          "iat", now, "nbf", now, "exp", now + 24 * 3600));
    ASSIGN_OR_RETURN(std::string token, key.Sign(claims.get()));
    tokens << token << "\n";
  }
  tokens.close();
  return tokens ? absl::OkStatus() : absl::UnavailableError("the tokens cannot be written");
}

}  // namespace

absl::Status Fill() {
  if (!absl::GetFlag(FLAGS_db).empty()) RETURN_IF_ERROR(MakeTasks());
  if (absl::GetFlag(FLAGS_subjects) > 0) RETURN_IF_ERROR(MakeTokens());
  return absl::OkStatus();
}

}  // namespace lucid::bench
