// lucid-publications: the publications service as a program.
#include "services/base/server.h"
#include "services/publications/publications_spec.h"

int main(int argc, char** argv) {
  return lucid::RunService(argc, argv, lucid::publications::PublicationsSpec());
}
