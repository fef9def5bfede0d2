// lucid_bench COMMAND: what tests/bench/run measures with; see bench.h for the commands.
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "tests/bench/bench.h"

namespace lucid::bench {
namespace {

constexpr char kCommands[] =
    "fill | load | empty | commits | stations | stream | rows | print-rows | evaluate | correct |"
    " query-rows | start";

absl::Status Run(const std::vector<std::string>& words) {
  const std::string command = words.empty() ? "" : words[0];
  if (command == "fill") return Fill();
  if (command == "load") return Load();
  if (command == "empty") return ServeEmpty();
  if (command == "commits") return Commits();
  if (command == "stations") return MakeStations();
  if (command == "stream") return StreamValues();
  if (command == "rows") return InsertRows();
  if (command == "print-rows") return PrintRows();
  if (command == "evaluate") return EvaluateCountry();
  if (command == "correct") return CorrectHours();
  if (command == "query-rows") return QueryRows();
  if (command == "start") return Start({words.begin() + 1, words.end()});
  return absl::InvalidArgumentError(kCommands);
}

}  // namespace
}  // namespace lucid::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(lucid::bench::kCommands);
  std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  absl::Status status = lucid::bench::Run({rest.begin() + 1, rest.end()});
  if (!status.ok()) std::cerr << "lucid_bench: " << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
