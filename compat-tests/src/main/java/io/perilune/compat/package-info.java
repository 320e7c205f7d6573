/** Programs that know nothing of Perilune: plain JDK code, run over it by the tests and the demo. */
package io.perilune.compat;
