/** A program as many are: Spring Boot with its embedded Tomcat. It knows nothing of Perilune. */
package io.perilune.springboot;
