// lucid-cases: the cases service as a program.
#include "services/cases/cases_spec.h"

int main(int argc, char** argv) { return lucid::RunService(argc, argv, lucid::cases::CasesSpec()); }
