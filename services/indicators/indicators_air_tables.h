// What the standards of air say in numbers, edition by edition: the counts that make a statistic
// valid (HJ 663, GB 3095 table 4), the breakpoints of the air quality index (HJ 633), and the terms
// of the composite index. A wrong cell is a correction of one line.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "lucid/indicators/v1/standard.pb.h"
#include "services/base/decimal.h"

namespace lucid::indicators {

// What every table says of itself.
struct TableSource {
  std::string name;     // "HJ 633"
  std::string edition;  // "2012"
  std::string title;
  absl::CivilDay from;
  std::optional<absl::CivilDay> to;
  std::string source;

  std::string label() const { return name + "-" + edition; }
};

// The least numbers of values that make a statistic valid, and how statistics are made.
struct AirStatistics {
  TableSource source;
  int hours_per_day = 0;
  int hours_per_window = 0;  // of the eight of a window
  int windows_per_day = 0;
  int first_window_end = 0;  // the hour, labelled by its end; the last window ends at 24
  int days_per_month = 0;
  int days_per_february = 0;
  int days_per_year = 0;
  // Stations of a city: this share, in percent, or the other one where there are fewer than so
  // many.
  int stations_percent = 0;
  int few_stations_percent = 0;
  int few_stations = 0;
  // Which percentile of the daily values assesses a factor, in percent.
  std::map<std::string, int, std::less<>> percentiles;
  // To how many digits the daily values of a station and of a city are rounded before they are used
  // further; a factor that is not listed is not rounded.
  std::map<std::string, int, std::less<>> day_digits;
};

// The breakpoints of one pollutant for one averaging time.
struct Breakpoints {
  std::string factor;
  v1::Limit::Averaging averaging;
  std::string unit;
  int decimals;  // to which a concentration is rounded first
  std::vector<Decimal> concentrations;
  std::vector<int> indices;  // as many
  v1::Breakpoints::Beyond beyond;
};

// One edition of the air quality index.
struct AqiTable {
  TableSource source;
  std::vector<Breakpoints> breakpoints;

  // Those of the factor, or null.
  const Breakpoints* Find(absl::string_view factor) const;
};

// One term of a composite index: a statistic of the daily values, divided by a limit of GB 3095.
struct CompositeTerm {
  std::string factor;
  bool percentile;  // of HJ 663; otherwise the mean
  v1::Limit::Averaging limit;
};

// A composite index by its name, whatever the day.
struct CompositeFormula {
  std::string name;
  std::string source;  // the document, and how sure it is
  std::vector<CompositeTerm> terms;
};

// Every edition, in order of the first day in force, and every composite index.
const std::vector<AirStatistics>& AllAirStatistics();
const std::vector<AqiTable>& AqiTables();
const std::vector<CompositeFormula>& CompositeFormulas();

// The counts in force on the day; before the first edition that one, for a count is no limit.
const AirStatistics& AirStatisticsOn(absl::CivilDay day);

// The index in force on the day, or the edition that is named whatever the day. NOT_FOUND, reason
// NO_STANDARD, where there is none.
absl::StatusOr<const AqiTable*> FindAqiTable(absl::CivilDay day, absl::string_view edition = "");

// The composite index of this name; "" is the usual one. NOT_FOUND, reason NO_STANDARD.
absl::StatusOr<const CompositeFormula*> FindComposite(absl::string_view name);

// As the list of standards shows them.
v1::Standard ToProto(const AirStatistics& statistics);
v1::Standard ToProto(const AqiTable& table);

}  // namespace lucid::indicators
