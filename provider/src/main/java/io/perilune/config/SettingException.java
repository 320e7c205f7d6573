package io.perilune.config;

/** A setting that is unknown or has a value that is not allowed. The message names it, the value and what is allowed. */
public final class SettingException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** Makes one with its message. */
    public SettingException(String message) {
        super(message);
    }
}
