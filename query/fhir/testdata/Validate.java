// Validates FHIR R4 resources, one JSON a line on stdin, against the definitions that
// HL7 published, with HAPI. Prints each error with its line; exit code 1 if there is one.
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

public class Validate {
    public static void main(String[] args) throws Exception {
        FhirContext ctx = FhirContext.forR4();
        FhirInstanceValidator instance = new FhirInstanceValidator(new ValidationSupportChain(
            new DefaultProfileValidationSupport(ctx), new CommonCodeSystemsTerminologyService(ctx), new InMemoryTerminologyServerValidationSupport(ctx)));
        instance.setAnyExtensionsAllowed(true);
        FhirValidator validator = ctx.newValidator().registerValidatorModule(instance);
        int line = 0, errors = 0;
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text; (text = in.readLine()) != null; ) {
            line++;
            for (var m : validator.validateWithResult(text).getMessages()) {
                if (m.getSeverity() == ResultSeverityEnum.ERROR || m.getSeverity() == ResultSeverityEnum.FATAL) {
                    errors++;
                    System.out.println(line + ": " + m.getLocationString() + ": " + m.getMessage());
                }
            }
        }
        System.out.println("validated " + line + " resources, " + errors + " errors");
        System.exit(errors == 0 && line > 0 ? 0 : 1);
    }
}
