package io.perilune.compliance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which requirement of an RFC a test shows. {@link ComplianceTest} holds these against the tables in {@code
 * src/test/resources/compliance}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Rfcs.class)
public @interface Rfc {

    /** Returns the RFC's number. */
    int number();

    /** Returns the section that the labels are in, as {@code 3.10.7.4}. */
    String section();

    /** Returns the labels of the rows in the table, as {@code MUST-58}. */
    String[] label();
}
