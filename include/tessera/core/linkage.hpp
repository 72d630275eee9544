#pragma once

// How the functions of the headers reach a program.
//
// Header-only, a function that no type parameterises is declared with TESSERA_DECL and defined, in a
// header of a `detail` folder, with TESSERA_DEF: a template of a parameter that nothing names, which
// only programs that call it compile. With TESSERA_SEPARATE_COMPILATION it is an ordinary function,
// and the one source that includes tessera/src.hpp holds all definitions. docs/decisions/0007 says
// why.
#ifdef TESSERA_SEPARATE_COMPILATION
#define TESSERA_DECL
#define TESSERA_DEF
#else
#define TESSERA_DECL template <class = void>
#define TESSERA_DEF template <class>
#endif

// Of what runs once a call, or beside a wait for the network: compiled for size, in less time.
#define TESSERA_COLD_DECL TESSERA_DECL [[gnu::cold]]

#if !defined(TESSERA_SEPARATE_COMPILATION) || defined(TESSERA_SOURCE)
#define TESSERA_DEFINITIONS
#endif
