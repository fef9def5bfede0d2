#include "services/indicators/indicators_days_store.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/base/db_rows.h"
#include "services/base/status.h"
#include "services/indicators/indicators_factors.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

constexpr size_t kMostYears = 64;  // that one question asks for

// The days as the runs have them.
absl::StatusOr<ObservedYear> MakeYear(Tx& tx, const YearKey& key) {
  ObservedYear year(key.year);
  for (Observation::Length length : {Observation::HOUR, Observation::DAY}) {
    RunQuery query{key.subject, key.factor, length};
    query.from = absl::CivilMonth(key.year);
    query.to = absl::CivilMonth(key.year) + 11;
    ASSIGN_OR_RETURN(std::vector<StoredRun> runs, FindRuns(tx, query));
    for (const StoredRun& stored : runs) {
      ASSIGN_OR_RETURN(std::vector<Sample> samples, Unpack(stored.run, length, stored.key.month));
      year.SetMonth(length, stored.key.month, samples);
    }
  }
  return year;
}

// (subject, body, or NULL where none is kept) of each of the series in this year. A subquery for
// each subject, because PostgreSQL, while it has no statistics, looks an IN up in all rows of the
// year.
absl::StatusOr<Rows> AskForYears(Tx& tx, const std::string& factor, absl::CivilYear year,
                                 absl::Span<const std::string> subjects) {
  std::vector<Value> values = PaddedKeys(subjects);
  const std::string asked = RowPlaces(values.size(), 1);
  values.insert(values.end(), {factor, int64_t{year.year()}});
  return tx.Run(absl::StrCat("SELECT asked.column1, (SELECT body FROM observation_years"
                             " WHERE factor = $",
                             values.size() - 1, " AND year = $", values.size(),
                             " AND subject = asked.column1) FROM (VALUES ", asked, ") AS asked"),
                values);
}

absl::StatusOr<ObservedYear> ReadKeptYear(const std::string& body, absl::CivilYear year) {
  v1::ObservedDays days;
  if (!days.ParseFromString(body)) return absl::DataLossError("stored days cannot be read");
  return ObservedYear::Unpack(days, year);
}

}  // namespace

bool KeepsDays(absl::string_view subject, absl::string_view factor) {
  const Factor* known = FindFactor(factor);
  return known != nullptr && known->medium == Medium::kAir && absl::StartsWith(subject, "site/");
}

absl::StatusOr<Years> Years::Find(Tx& tx, const std::set<YearKey>& keys) {
  std::map<std::pair<std::string, absl::CivilYear>, std::vector<std::string>> subjects;
  for (const YearKey& key : keys) subjects[{key.factor, key.year}].push_back(key.subject);
  Years years;
  for (const auto& [of, all] : subjects) {
    for (size_t begin = 0; begin < all.size(); begin += kMostYears) {
      ASSIGN_OR_RETURN(Rows rows, AskForYears(tx, of.first, of.second,
                                              absl::MakeConstSpan(all).subspan(begin, kMostYears)));
      for (size_t i = 0; i < rows.size(); ++i) {
        if (rows.IsNull(i, 1)) continue;
        years.kept_.emplace(YearKey{rows.Text(i, 0), of.first, of.second}, rows.Bytes(i, 1));
      }
    }
  }
  return years;
}

absl::StatusOr<ObservedYear> Years::At(Tx& tx, const YearKey& key) const {
  const auto kept = kept_.find(key);
  return kept == kept_.end() ? MakeYear(tx, key) : ReadKeptYear(kept->second, key.year);
}

absl::Status SaveYears(Tx& tx, const std::map<YearKey, ObservedYear>& years) {
  std::vector<std::pair<const YearKey*, std::string>> kept;
  for (const auto& [key, year] : years) {
    if (std::optional<v1::ObservedDays> days = year.Pack()) {
      kept.emplace_back(&key, days->SerializeAsString());
      continue;
    }
    RETURN_IF_ERROR(
        tx.Run("DELETE FROM observation_years WHERE factor = $1 AND year = $2 AND subject = $3",
               {key.factor, int64_t{key.year.year()}, key.subject})
            .status());
  }
  return InChunks(kept.size(), [&](size_t begin, size_t count) {
    std::vector<Value> values;
    for (size_t i = begin; i < begin + count; ++i) {
      const YearKey& key = *kept[i].first;
      values.insert(values.end(), {key.factor, int64_t{key.year.year()}, key.subject,
                                   Blob{std::move(kept[i].second)}});
    }
    return tx
        .Run(
            absl::StrCat("INSERT INTO observation_years (factor, year, subject, body) VALUES ",
                         RowPlaces(count, 4),
                         " ON CONFLICT (factor, year, subject) DO UPDATE SET body = excluded.body"),
            values)
        .status();
  });
}

absl::Status CheckYears(Tx& tx) {
  YearKey after;
  while (true) {
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT factor, year, subject, body FROM observation_years"
                                       " WHERE (factor, year, subject) > ($1, $2, $3)"
                                       " ORDER BY factor, year, subject LIMIT 100",
                                       {after.factor, int64_t{after.year.year()}, after.subject}));
    if (rows.empty()) return absl::OkStatus();
    for (size_t i = 0; i < rows.size(); ++i) {
      after = {rows.Text(i, 2), rows.Text(i, 0), absl::CivilYear(rows.Int(i, 1))};
      ASSIGN_OR_RETURN(ObservedYear kept, ReadKeptYear(rows.Bytes(i, 3), after.year));
      ASSIGN_OR_RETURN(ObservedYear made, MakeYear(tx, after));
      if (kept == made) continue;
      return absl::DataLossError(absl::StrCat("the days of ", after.subject, "/", after.factor,
                                              " in ", after.year.year(),
                                              " differ from its observations"));
    }
  }
}

}  // namespace lucid::indicators
