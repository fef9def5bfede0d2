// The copy of the registers of tasks, as a service under test has it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/registry/registry.h"
#include "tests/testing/matchers.h"
#include "tests/testing/service_test.h"

namespace lucid {

// Puts a record of tasks into the copy, as its event would.
template <class R>
void Copy(Db& db, const R& record) {
  events::v1::Event event;
  event.set_record_id(record.id());
  event.mutable_record()->PackFrom(record);
  EXPECT_OK(
      db.Write([&](Tx& tx) { return registry::Registry::OnEvent(tx, CallAsOffice(), event); }));
}

// A copy with these units; the tasks service itself is away.
inline std::shared_ptr<registry::Registry> RegistryWith(Db& db,
                                                        const std::vector<std::string>& units) {
  EXPECT_OK(Migrate(db, "registry", registry::Migrations()));
  for (const std::string& id : units) {
    tasks::v1::Unit unit;
    unit.set_id(id);
    unit.set_name(id);
    unit.set_region("210400");
    Copy(db, unit);
  }
  return std::make_shared<registry::Registry>(
      db, grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials()));
}

}  // namespace lucid
