package io.perilune.springboot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Answers /pages/LENGTH with so many bytes, and gives back what is posted to /echo. */
@SpringBootApplication
@RestController
public class PagesApplication {

    /** Runs it: Spring's own arguments. */
    public static void main(String[] arguments) {
        SpringApplication.run(PagesApplication.class, arguments);
    }

    /** A page of which the length determines each byte. */
    @GetMapping("/pages/{length}")
    public byte[] page(@PathVariable("length") int length) {
        byte[] page = new byte[length];
        for (int i = 0; i < length; i++) {
            page[i] = (byte) (31 * i + length);
        }
        return page;
    }

    /** The body again. */
    @PostMapping("/echo")
    public byte[] echo(@RequestBody byte[] body) {
        return body;
    }
}
