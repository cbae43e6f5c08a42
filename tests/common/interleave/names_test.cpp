/// How functions are called in what people read: symbols as g++ and clang make them.

#include "common/explore/names.h"

#include <gtest/gtest.h>

namespace {

using explore::function_name;

TEST(FunctionName, IsWhatStandsInTheSource) {
  EXPECT_EQ(function_name("main"), "main");
  EXPECT_EQ(function_name("_Z8transferPii"), "transfer");
  EXPECT_EQ(function_name("_ZN7Account3addEi"), "Account::add");
  EXPECT_EQ(function_name("_ZNK7Account7balanceEv"), "Account::balance");
}

TEST(FunctionName, LeavesOutWhatIsBetweenBrackets) {
  EXPECT_EQ(function_name("_ZN12_GLOBAL__N_16workerEi"), "worker");
  EXPECT_EQ(function_name("_ZN4bank12_GLOBAL__N_16workerEi"), "bank::worker");
  EXPECT_EQ(function_name("_Z3runIiEvT_"), "run");
  EXPECT_EQ(function_name("_ZN4RingIiLm4EE4pushERKi"), "Ring::push");
  EXPECT_EQ(function_name("_ZN3abc5innerB5cxx11Ev"), "abc::inner");
}

TEST(FunctionName, KnowsOperators) {
  EXPECT_EQ(function_name("_ZN6WorkerclEi"), "Worker::operator()");
  EXPECT_EQ(function_name("_ZN3PtrptEv"), "Ptr::operator->");
  EXPECT_EQ(function_name("_ZlsRSo7Account"), "operator<<");
  EXPECT_EQ(function_name("_ZN4FlagcvbEv"), "Flag::operator bool");
}

TEST(FunctionName, SaysWhereALambdaIs) {
  EXPECT_EQ(function_name("_ZZ4mainENKUliE_clEi"), "lambda in main");
  EXPECT_EQ(function_name("_ZZ4mainENKUlvE0_clEv"), "lambda in main");
  EXPECT_EQ(function_name("_ZZ4mainENK3$_0clEv"), "lambda in main");  // clang
  EXPECT_EQ(function_name("_ZZN7Account8transferERS_iENKUlvE_clEv"), "lambda in Account::transfer");
  EXPECT_EQ(function_name("_ZZN12_GLOBAL__N_14testEiENKUlvE_clEv"), "lambda in test");
  EXPECT_EQ(function_name("_ZZ4mainENUlvE_4_FUNEv"), "lambda in main");
}

TEST(FunctionName, SaysThatALambdaIsInALambda) {
  EXPECT_EQ(function_name("_ZZZ4mainENKUlvE_clEvENKUlvE_clEv"), "lambda in lambda in main");
  EXPECT_EQ(function_name("_ZZZ4mainENK3$_0clEvENKUlvE_clEv"), "lambda in lambda in main");
}

TEST(FunctionName, IsTheSymbolItselfWhereThatIsNone) {
  EXPECT_EQ(function_name("_ZZ"), "_ZZ");
  EXPECT_EQ(function_name(""), "");
  EXPECT_EQ(function_name("a)b"), "a)b");
  EXPECT_EQ(function_name("operators"), "operators");
}

}  // namespace
