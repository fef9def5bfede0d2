// How a resource type is stored: its table, its columns, and what its records contribute to the
// counts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/message.h"
#include "services/base/db.h"

namespace lucid {

// A column that lists filter, sort or count by, and how its value follows from the record.
struct Column {
  std::string name;
  std::function<Value(const google::protobuf::Message&)> value;
};

// Column("state", [](const v1::Task& task) { return int64_t{task.state()}; })
template <class R, class Of>
Column ColumnOf(std::string name, Of of) {
  return {std::move(name), [of](const google::protobuf::Message& record) -> Value {
            return of(static_cast<const R&>(record));
          }};
}

// One contribution of a record to the counts that dashboards read. The settler sums contributions
// by (name, region, key, day); reading a dashboard sums what its region and day select.
struct Tally {
  std::string name;    // what is counted: "tasks"
  std::string region;  // the record's region
  std::string key;     // what it is counted by: "progress=DONE"
  std::string day;     // the day that decides at read time (a due day), or ""
  int64_t amount = 1;
};

// How a resource type is stored.
struct Table {
  std::string name;
  std::vector<Column> columns;
  // What a record contributes to the counts; null where nothing is counted.
  std::function<std::vector<Tally>(const google::protobuf::Message&)> tallies;
};

// Specialised by the store of each resource type.
template <class R>
const Table& TableOf();

// A table with the type of its records.
struct RecordType {
  const Table* table;
  const google::protobuf::Message* prototype;
};
template <class R>
RecordType RecordTypeOf() {
  return {&TableOf<R>(), &R::default_instance()};
}

}  // namespace lucid
