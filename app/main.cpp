#include "app/cli/command.h"

int main(int argc, char** argv) { return afs::cli::run_program(argc, argv); }
